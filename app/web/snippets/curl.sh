curl '@BASE@/ingest?service=shop&release=1.0.0&environment=production' \
  -H 'Authorization: Bearer @KEY@' \
  --data-binary @crash.txt
