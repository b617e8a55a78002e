"""Judging: (Crash, Book) -> Diagnosis. Pure; `diagnose.py` is the whole way on one screen."""
