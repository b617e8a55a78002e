import typer

app = typer.Typer()


@app.command()
def price(article: str):
    print(article, 42)


app(["--help"])
