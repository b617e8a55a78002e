from fastapi import FastAPI

print(FastAPI().title)
