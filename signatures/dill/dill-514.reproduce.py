import dill


def price(net, tax=0.2):
    return net * (1 + tax)


print(dill.loads(dill.dumps(lambda net: price(net) + 1))(10))
