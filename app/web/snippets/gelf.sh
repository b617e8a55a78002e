curl @BASE@/gelf \
  -H 'X-Api-Key: @KEY@' \
  --data-binary '{"version": "1.1", "host": "web-1", "short_message": "it crashed", "full_message": "Traceback (most recent call last): ..."}'
