import openpyxl
import pandas

book = openpyxl.Workbook()
book.active.append(["name", "price"])
book.active.append(["cup", 3])
book.save("prices.xlsx")
print(pandas.read_excel("prices.xlsx"))
