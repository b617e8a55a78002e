from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

NEXT = {"/": "/basket", "/basket": "/shop"}


@Request.application
def app(request):
    if request.path in NEXT:
        return Response(status=307, headers={"Location": NEXT[request.path]})
    return Response(request.get_data())


print(Client(app, Response).put("/", data=b"42", follow_redirects=True).data)
