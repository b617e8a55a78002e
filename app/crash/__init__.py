"""Reading crashes: bytes -> Crash. Pure; knows nothing of signatures, files, database or web."""
