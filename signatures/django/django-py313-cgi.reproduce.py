from django.core.wsgi import get_wsgi_application

print(get_wsgi_application)
