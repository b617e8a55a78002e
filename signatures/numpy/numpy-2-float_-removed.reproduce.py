import numpy as np

print(np.zeros(3, dtype=np.float_))
