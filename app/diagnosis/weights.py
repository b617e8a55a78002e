"""The fitted numbers. Made by bench/fit_confidence.py; it prints the figures they reach. Log-odds."""

WEIGHTS = {
    "start": -1.0,
    "exception": 0.4,
    "message": 1.6,
    "frame": 1.6,
    "code": 1.3,
    "log": 1.0,
    "installed": 0.8,
    "tied": 1.6,
    "tied more": 0.3,
    "system": 0.3,
    "affected": 2.2,
    "unseen": -0.3,
    "tie unseen": -0.6,
    "tie missing": -1.2,
}
