from flask import Flask

app = Flask("shop")


@app.before_first_request
def fill_cache():
    print("filled")
