"""Tracelore: a crash goes in, a known bug with its fix and an honest confidence comes out."""

__version__ = "0.1.0"
