from flake8.main.cli import main

main(["--version"])
