from gunicorn import util

print(util.load_class("sync").__name__)
