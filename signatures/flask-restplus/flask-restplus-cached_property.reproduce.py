from flask import Flask
from flask_restplus import Api

print(Api(Flask("shop")).title)
