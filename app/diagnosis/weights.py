"""The fitted log-odds of app/diagnosis/confidence.py. Made by bench/fit_confidence.py; do not edit.

Fitted on 10082 judged candidates of 101 signatures. Leave-one-signature-out, single candidates
reach an expected calibration error of 0.021 (ten bins of equal count), a Brier score of 0.032.
"""

WEIGHTS = {
    "start": 1.31,
    "exception": 0.00,
    "message": 1.15,
    "frame": 2.94,
    "code": 1.30,
    "log": 1.20,
    "installed": 0.80,
    "tied": 1.28,
    "tied more": 0.06,
    "system": 0.08,
    "affected": 2.60,
    "text unseen": -1.90,
    "text echoed": 1.90,
    "place unseen": -4.26,
    "program unseen": -5.16,
    "tie unseen": -1.04,
    "tie missing": -1.04,
}
