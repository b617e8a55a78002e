from flask import Flask
from flask_restx import Api

print(Api(Flask("shop")).title)
