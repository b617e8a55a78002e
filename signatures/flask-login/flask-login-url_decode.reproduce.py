from flask import Flask
from flask_login import LoginManager

LoginManager().init_app(Flask("shop"))
