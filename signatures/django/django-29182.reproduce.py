import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.admin"],
)
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

user = User.objects.create_superuser("desk", "", "secret")
kind = ContentType.objects.get_for_model(User)
LogEntry.objects.log_action(user.pk, kind.pk, user.pk, "desk", ADDITION)
print(LogEntry.objects.count())
