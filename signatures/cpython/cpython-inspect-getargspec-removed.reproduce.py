import inspect


def add(a, b=1):
    return a + b


print(inspect.getargspec(add).args)
