"""Of copies of one crash the whole one is judged, and a candidate of a Python is that Python."""

from app.crash.text import read
from app.diagnosis.candidates import Index, build_index
from app.diagnosis.diagnose import MAX_CRASHES, diagnose
from app.folders import shipped
from app.signature.book import make_book
from app.signature.model import Signature

FLASK = (shipped("signatures") / "flask" / "flask-werkzeug3-url_quote.match.run-app.txt").read_text()


def test_a_cut_copy_above_does_not_hide_the_whole_one(index: Index) -> None:
    """The first paste lacks the line that says where the stack begins; the second is complete."""
    cut = FLASK.partition("\n")[2]
    (crash,) = diagnose(read(f"{cut}\n\nand again, whole:\n\n{FLASK}".encode()), index).crashes
    assert (crash.truncated, crash.first_line) == (False, 12)


def widget(python: str) -> Index:
    return build_index(
        make_book(
            [
                Signature.model_validate(
                    {
                        "id": "widget-42",
                        "package": "widget",
                        "title": "Turning a widget fails on Mondays",
                        "status": "proven",
                        "match": {
                            "all": [{"exception": "ValueError"}, {"message": "cannot turn"}, {"frame": "widget:turn"}]
                        },
                        "environment": {"python": python},
                        "affected": [{"introduced": "1.0"}],
                        "cause": "Mondays were forgotten.",
                        "remedy": "Mondays are known.",
                        "references": [{"kind": "report", "url": "https://example.org/widget/42"}],
                        "verified": {"on": "2026-11-22", "how": "read"},
                    }
                )
            ]
        )
    )


def test_a_release_candidate_has_what_its_python_has() -> None:
    text = (
        "Python 3.11.0rc1 on linux\nTraceback (most recent call last):\n"
        '  File "/srv/app/.venv/lib/python3.11/site-packages/widget/__init__.py", line 7, in turn\n'
        '    raise ValueError("cannot turn on Monday")\nValueError: cannot turn on Monday\n'
    )
    assert diagnose(read(text.encode()), widget(">=3.11")).verdict == "match"
    assert diagnose(read(text.encode()), widget("<3.11")).verdict == "none"


def test_of_more_crashes_than_are_judged_the_answer_says_how_many_there_were(index: Index) -> None:
    crash = (
        'Traceback (most recent call last):\n  File "/srv/shop.py", line 12, in at_{0}\n    run()\nKeyError: {0}\n\n'
    )
    answer = diagnose(read("".join(map(crash.format, range(MAX_CRASHES + 3))).encode()), index)
    assert len(answer.crashes) == MAX_CRASHES
    assert f"Only the first {MAX_CRASHES} of {MAX_CRASHES + 3} different crashes were judged" in answer.summary
    assert "Only the first" not in diagnose(read(crash.format(1).encode()), index).summary
