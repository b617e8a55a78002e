import subprocess
import sys

sys.exit(subprocess.call([sys.executable, "-m", "black", "--check", __file__]))
