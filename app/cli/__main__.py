"""`python -m app.cli` is `tracelore`."""

from app.cli.start import start

start()
