from django.http import HttpResponse

print(HttpResponse)
