import eventlet

eventlet.spawn(print, "hello").wait()
