from flask import Flask

print(Flask("shop").name)
