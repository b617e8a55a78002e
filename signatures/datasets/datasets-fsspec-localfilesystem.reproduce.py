import json

from datasets import load_dataset

with open("rows.json", "w") as rows:
    json.dump({"text": "one"}, rows)
print(load_dataset("json", data_files="rows.json"))
