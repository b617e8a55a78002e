import django
from django.conf import settings

settings.configure(
    SECRET_KEY="secret",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "rest_framework_simplejwt"],
)
django.setup()
