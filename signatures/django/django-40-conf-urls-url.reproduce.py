import django
from django.conf import settings

settings.configure(
    SECRET_KEY="secret",
    ROOT_URLCONF="rest_framework.urls",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
)
django.setup()

from django.urls import reverse

print(reverse("login"))
