from sqlalchemy import create_engine

print(create_engine("sqlite://").dialect.name)
