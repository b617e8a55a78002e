"""The fitted log-odds of app/diagnosis/confidence.py. Made by bench/fit_confidence.py; do not edit.

Fitted on 9795 judged candidates of 101 signatures. Leave-one-signature-out, single candidates
reach an expected calibration error of 0.014 (ten bins of equal count), a Brier score of 0.034.
"""

WEIGHTS = {
    "start": 1.62,
    "exception": 0.00,
    "message": 0.88,
    "frame": 2.91,
    "code": 1.30,
    "log": 1.16,
    "installed": 0.80,
    "tied": 1.24,
    "tied more": 0.00,
    "system": 0.06,
    "affected": 2.63,
    "text unseen": -1.87,
    "place unseen": -4.34,
    "program unseen": -5.16,
    "tie unseen": -1.07,
    "tie missing": -1.07,
}
