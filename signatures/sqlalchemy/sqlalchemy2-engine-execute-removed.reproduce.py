from sqlalchemy import create_engine, text

engine = create_engine("sqlite://")
print(engine.execute(text("SELECT 42")).scalar())
