import django
from django.conf import settings

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "taggit"])
django.setup()
