from botocore.session import get_session

print(get_session().get_available_services())
