from flask import Flask
from flask.json import JSONEncoder


class Encoder(JSONEncoder):
    def default(self, value):
        return str(value)


app = Flask("shop")
app.json_encoder = Encoder
