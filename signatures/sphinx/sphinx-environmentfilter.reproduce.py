import subprocess
import sys

with open("conf.py", "w") as conf:
    conf.write("project = 'Shop'\nmaster_doc = 'index'\n")
with open("index.rst", "w") as page:
    page.write("Shop\n====\n")
sys.exit(subprocess.call(["sphinx-build", "-q", ".", "pages"]))
