import pandas as pd

frame = pd.DataFrame({"a": [1]})
print(frame.append({"a": 2}, ignore_index=True))
