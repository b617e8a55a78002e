"""The fitted log-odds of app/diagnosis/confidence.py. Made by bench/fit_confidence.py; do not edit.

Fitted on 14622 judged candidates of 129 signatures. Leave-one-signature-out, single candidates
reach an expected calibration error of 0.024 (ten bins of equal count), a Brier score of 0.039.
"""

WEIGHTS = {
    "start": 0.53,
    "exception": 0.29,
    "message": 1.81,
    "frame": 2.68,
    "code": 1.97,
    "log": 1.16,
    "installed": 0.80,
    "tied": 1.50,
    "tied more": 0.09,
    "system": 0.27,
    "affected": 2.45,
    "text unseen": -1.35,
    "text echoed": 1.35,
    "place unseen": -3.49,
    "program unseen": -5.14,
    "tie unseen": -1.16,
    "tie missing": -1.16,
}
