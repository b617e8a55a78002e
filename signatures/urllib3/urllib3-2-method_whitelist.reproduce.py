from urllib3.util.retry import Retry

print(Retry(total=3, method_whitelist=["GET", "POST"]))
