import django
from django.conf import settings

settings.configure(INSTALLED_APPS=["graphene_django"])
django.setup()
