"""`python -m app.cli` is `tracelore`."""

from app.cli.main import main

main()
