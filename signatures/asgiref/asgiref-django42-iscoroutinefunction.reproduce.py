import django
from django.conf import settings

settings.configure()
django.setup()
