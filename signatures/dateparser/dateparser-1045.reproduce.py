import dateparser

print(dateparser.parse("3 days ago"))
