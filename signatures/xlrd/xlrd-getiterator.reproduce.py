import openpyxl
import xlrd

book = openpyxl.Workbook()
book.active.append(["name", "price"])
book.save("prices.xlsx")
print(xlrd.open_workbook("prices.xlsx").sheet_names())
