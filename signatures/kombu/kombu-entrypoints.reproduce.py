from kombu import Connection

with Connection("memory://") as connection:
    connection.SimpleQueue("orders").put({"item": 1})
