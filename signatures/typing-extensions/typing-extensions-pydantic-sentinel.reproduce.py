from pydantic import BaseModel


class Article(BaseModel):
    price: int


print(Article(price="42"))
