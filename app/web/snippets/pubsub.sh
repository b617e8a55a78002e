gcloud pubsub topics create crashes
gcloud logging sinks create tracelore pubsub.googleapis.com/projects/PROJECT/topics/crashes \
  --log-filter='severity>=ERROR'
gcloud pubsub subscriptions create tracelore --topic=crashes \
  --push-endpoint='@BASE@/hooks/pubsub?token=@KEY@'
