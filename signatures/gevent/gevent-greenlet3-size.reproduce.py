import gevent

gevent.spawn(print, "hello").join()
