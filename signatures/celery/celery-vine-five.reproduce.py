from celery import Celery

print(Celery("jobs", broker="memory://").tasks.keys())
