from pydantic import BaseModel, PostgresDsn


class Settings(BaseModel):
    database: PostgresDsn


settings = Settings(database="postgresql://shop@127.0.0.1/shop")
print(len(settings.database))
