gh api repos/OWNER/REPOSITORY/hooks --method POST \
  -f name=web -F active=true \
  -f 'events[]=issues' -f 'events[]=issue_comment' \
  -f 'config[url]=@BASE@/hooks/github' \
  -f 'config[content_type]=json' \
  -f 'config[secret]=YOUR_SECRET'
