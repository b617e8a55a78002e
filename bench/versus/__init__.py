"""Ours and the peers in one run: what each takes, and how often it is right."""
