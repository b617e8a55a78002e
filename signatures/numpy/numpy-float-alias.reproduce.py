import numpy as np

print(np.array(["1.5", "2"]).astype(np.float))
