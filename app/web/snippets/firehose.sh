aws firehose create-delivery-stream --cli-input-json file://tracelore.json
aws logs put-subscription-filter --log-group-name LOG_GROUP \
  --filter-name tracelore --filter-pattern "" \
  --destination-arn arn:aws:firehose:REGION:ACCOUNT:deliverystream/tracelore \
  --role-arn arn:aws:iam::ACCOUNT:role/LOGS_ROLE
