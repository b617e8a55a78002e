import pandas

frame = pandas.DataFrame(columns=["name", "price"], index=[1, 2])
print(frame)
