from collections import Mapping, OrderedDict

print(isinstance(OrderedDict(), Mapping))
