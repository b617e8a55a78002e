curl @BASE@/services/collector/event \
  -H 'Authorization: Splunk @KEY@' \
  --json '{"sourcetype": "python", "host": "web-1", "event": "Traceback (most recent call last): ..."}'
