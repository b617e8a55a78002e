import pandas
import sqlalchemy

engine = sqlalchemy.create_engine("sqlite:///shop.db")
with engine.begin() as connection:
    connection.execute(sqlalchemy.text("CREATE TABLE items (name TEXT)"))
print(pandas.read_sql("SELECT name FROM items", engine))
