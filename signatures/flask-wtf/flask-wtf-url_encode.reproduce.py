from flask_wtf import FlaskForm
from wtforms import StringField


class Login(FlaskForm):
    name = StringField("Name")
