az eventgrid event-subscription create --name tracelore \
  --source-resource-id RESOURCE_ID \
  --endpoint-type webhook \
  --endpoint '@BASE@/hooks/eventgrid?token=@KEY@'
