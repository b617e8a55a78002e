from werkzeug.contrib.fixers import ProxyFix

print(ProxyFix)
