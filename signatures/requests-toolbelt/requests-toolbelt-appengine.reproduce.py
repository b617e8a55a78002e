from requests_toolbelt import MultipartEncoder

print(MultipartEncoder({"name": "shop"}).content_type)
