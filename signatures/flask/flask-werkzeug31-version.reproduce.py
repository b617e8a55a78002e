from flask import Flask

print(Flask("shop").test_client().get("/").status)
