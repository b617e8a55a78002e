"""The fitted log-odds of app/diagnosis/confidence.py. Made by bench/fit_confidence.py; do not edit.

Fitted on 9795 judged candidates of 101 signatures. Leave-one-signature-out, single candidates
reach an expected calibration error of 0.022 (ten bins of equal count), a Brier score of 0.039.
"""

WEIGHTS = {
    "start": 0.29,
    "exception": 0.00,
    "message": 0.83,
    "frame": 3.45,
    "code": 1.30,
    "log": 1.19,
    "installed": 0.80,
    "tied": 2.08,
    "tied more": 0.00,
    "system": 0.00,
    "affected": 2.64,
    "text unseen": -1.57,
    "place unseen": -2.20,
    "program unseen": -2.20,
    "tie unseen": -0.56,
    "tie missing": -0.56,
}
