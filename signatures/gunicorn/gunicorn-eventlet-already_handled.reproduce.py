from gunicorn.config import Config

settings = Config()
settings.set("worker_class", "eventlet")
print(settings.worker_class.__name__)
