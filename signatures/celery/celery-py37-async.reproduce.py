from celery import Celery

print(Celery("jobs", broker="memory://", backend="rpc://").backend)
