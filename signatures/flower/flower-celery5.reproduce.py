import flower.command

print(flower.command.__doc__)
