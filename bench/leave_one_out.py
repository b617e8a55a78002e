"""The whole evaluation, leave-one-signature-out: each report is answered with weights that have not seen its signature.

    .venv/bin/python -m bench.leave_one_out

The samples are computed once. For the reports about a signature the fit then leaves out every sample that comes from
them, and every sample in which that signature is the candidate; reports about no signature are left out a tenth at a
time. Not held out are the ceilings, which are decided and not fitted, and the count of tokens in ordinary crashes.
"""

from __future__ import annotations

import sys

from app.diagnosis.confidence import Weights
from app.evaluation.evaluate import count
from app.evaluation.held_out import ask_held_out
from app.evaluation.show import as_text
from bench.fit_confidence import PRIOR, Samples, everything, samples

SEED = 1


def main() -> None:
    """Print the tables that `tracelore evaluate` prints."""
    index, corpus, ordinary = everything()
    known = Samples(list(samples(corpus, index)))

    def learn(group: str) -> Weights:
        out = (known.groups == group) | (known.ids == group)
        print(f"{group}: fitted on {(~out).sum()} of {len(out)} samples", file=sys.stderr)
        return dict(zip(PRIOR, map(float, known.learned(out)), strict=True))

    outcomes = tuple(ask_held_out(corpus, ordinary, index, SEED, learn))
    print("\n".join(as_text(count(outcomes, index, seed=SEED))))


if __name__ == "__main__":
    main()
