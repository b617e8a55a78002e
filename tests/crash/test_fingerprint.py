"""Which crashes are counted together: equal over what changes from run to run, different for what tells bugs apart."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crash.fingerprint import fingerprint, template
from app.crash.model import Crash, Frame, Raised, SyntaxSpot
from app.crash.text import read
from app.crash.traceback import parse

Linear = Callable[[Callable[[int], object]], None]

VIEW = Frame("/srv/shop/app/views.py", 40, "basket", "total(rows)")
SITE = "/srv/shop/.venv/lib/python3.8/site-packages/"
STACK = (
    Frame("/srv/shop/.venv/bin/uvicorn", 8, "<module>"),
    Frame(SITE + "click/core.py", 1130, "__call__"),
    VIEW,
    Frame(SITE + "shoplib/basket.py", 7, "total", "return json.loads(row)"),
    Frame("/usr/lib/python3.8/json/__init__.py", 357, "loads"),
    Frame("/usr/lib/python3.8/json/decoder.py", 355, "raw_decode"),
)


def key(*frames: Frame, type: str = "ValueError", message: str = "bad row 7") -> str:  # noqa: A002 -- as in Raised
    return fingerprint(Crash(Raised(type, message, frames=frames or STACK)))


def test_version_1_never_changes() -> None:
    """These values are stored in databases; if one must change, the change is a v2 beside v1."""
    group = Raised("ExceptionGroup", "2 sub-exceptions", exceptions=(Raised("KeyError", "'a'"), Raised("OSError")))
    chained = Raised("RuntimeError", "broken", frames=STACK, cause=Raised("KeyError", "'price'"))
    broken = Raised("SyntaxError", "invalid syntax", syntax=SyntaxSpot("/srv/shop/x.py", 1, "a b", 3))
    assert [
        key(),
        fingerprint(Crash(group)),
        fingerprint(Crash(chained)),
        fingerprint(Crash(broken)),
        fingerprint(Crash(Raised(None, tail_cut=True))),
        key(VIEW, type="OSError", message="[WinError 87] The parameter is incorrect"),
        key(VIEW, type="ImportError", message="cannot import name 'url_quote' from 'werkzeug.urls' (/x/y.py)"),
    ] == [
        "v1:238b56eb2af7bc49",
        "v1:2f13afff7d4c7c6d",
        "v1:2cfdac0686ff1c89",
        "v1:4f72e86b55a49956",
        "v1:25f1d824c14e813e",
        "v1:c97e8cbdd32dd000",
        "v1:e056845657774b64",
    ]


EQUAL = {
    "line numbers": (*STACK[:-1], Frame("/usr/lib/python3.8/json/decoder.py", 999, "raw_decode")),
    "where it is installed": tuple(
        Frame((frame.file or "").replace("/srv/shop/.venv", "/home/ann/env"), 1, frame.function) for frame in STACK
    ),
    "the Python": tuple(
        Frame((frame.file or "").replace("python3.8", "python3.13"), 1, frame.function) for frame in STACK
    ),
    "Windows": (
        VIEW,
        Frame(r"C:\env\Lib\site-packages\shoplib\basket.py", 7, "total"),
        Frame(r"C:\Python38\lib\json\decoder.py", 355, "raw_decode"),
    ),
    "comprehensions": (*STACK[:3], Frame(SITE + "shoplib/basket.py", 7, "<listcomp>"), *STACK[3:]),
    "who called from far": (
        Frame("/srv/shop/other.py", 1, "other"),
        Frame("/srv/shop/serve.py", 1, "serve"),
        *STACK[2:],
    ),
    "frames of the standard library": (*STACK[:4], STACK[5]),
    "wrappers of calls": (*STACK[:3], Frame(SITE + "anyio/to_thread.py", 1, "run_sync"), *STACK[3:]),
    "recursion": (*STACK[:4], *STACK[3:4] * 50, *STACK[4:]),
    "arguments beside the function": (*STACK[:3], Frame(SITE + "shoplib/basket.py", 7, "total(rows)"), *STACK[4:]),
    "how the path begins": (Frame("app/views.py", 40, "basket"), *STACK[3:]),
}


@pytest.mark.parametrize("frames", EQUAL.values(), ids=EQUAL.keys())
def test_equal_over(frames: tuple[Frame, ...]) -> None:
    assert key(*frames) == key()


def test_different_for_another_type_place_or_wording() -> None:
    other_function = (*STACK[:3], Frame(SITE + "shoplib/basket.py", 7, "price"), *STACK[4:])
    other_module = (*STACK[:3], Frame(SITE + "shoplib/cart.py", 7, "total"), *STACK[4:])
    other_file = (Frame("/srv/shop/app/models.py", 40, "basket"), *STACK[3:])
    keys = [key(), key(type="KeyError"), key(message="bad column 7")]
    keys += [key(*frames) for frames in (other_function, other_module, other_file)]
    assert len(set(keys)) == len(keys)


def test_the_module_of_a_type_does_not_count() -> None:
    assert key(type="pydantic.errors.ConfigError") == key(type="ConfigError")


def test_the_root_cause_counts() -> None:
    def caused(cause: str) -> str:
        return fingerprint(Crash(Raised("RuntimeError", "no", cause=Raised("ValueError", context=Raised(cause)))))

    assert caused("KeyError") != caused("OSError")


def test_the_members_of_a_group_count_in_any_order_and_number() -> None:
    def group(*types: str) -> str:
        return fingerprint(Crash(Raised("ExceptionGroup", exceptions=tuple(Raised(one) for one in types))))

    assert group("KeyError", "OSError") == group("OSError", "KeyError", "KeyError")
    assert group("KeyError") != group("OSError")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("'Basket' object has no attribute 'total'. Did you mean: 'totals'?", "'_' object has no attribute 'total'"),
        (
            "cannot import name 'url_quote' from 'werkzeug.urls' (/x/y.py)",
            "cannot import name 'url_quote' from '_' (/_)",
        ),
        ("No module named 'shop.basket'", "No module named 'shop.basket'"),
        ("run() got an unexpected keyword argument 'proxies'", "run() got an unexpected keyword argument 'proxies'"),
        ("invalid literal for int(): 'abc'", "invalid literal for int(): '_'"),
        ("Shop.__init__() missing 1 required argument", "__init__() missing # required argument"),
        ("main.<locals>.run() takes 2", "run() takes #"),
        ("<object at 0x7f1c2b> is 3.5 of 1,000", "<object at #> is # of #"),
        ("no job 123e4567-e89b-12d3-a456-426614174000", "no job #"),
        ("no commit 99ead36595b7bce7638415b8abfebdd4f8fb78f1.", "no commit #"),
        ("cannot open /srv/shop/a.txt (C:\\shop\\a.txt)", "cannot open /_ (/_)"),
        ("GET https://host:8000/x?y=1 failed", "GET /_ failed"),
        ("no mail to ann@example.org at 10.1.2.3", "no mail to @ at #"),
        ("no mail to <email> at <ip>", "no mail to @ at #"),
        ("can't start new thread", "can't start new thread"),
        ("[WinError 87] Falscher Parameter", "[WinError 87]"),
        ("[Errno 98] error while attempting to bind on address ('0.0.0.0', 80)", "[Errno 98]"),
        ("2 validation errors for Settings\nname\n  field required", "# validation errors for Settings"),
        ("\n  indented\n", "indented"),
        ("", ""),
    ],
)
def test_a_template_says_what_without_of_what(message: str, expected: str) -> None:
    assert template(message) == expected


OLD = """\
Traceback (most recent call last):
  File "/usr/lib/python3.8/runpy.py", line 194, in _run_module_as_main
    return _run_code(code, main_globals, None,
  File "/usr/lib/python3.8/runpy.py", line 87, in _run_code
    exec(code, run_globals)
  File "/srv/shop/__main__.py", line 9, in <module>
    if sys.argv[1] == 'import': importlib.import_module('shop.broken')
  File "/usr/lib/python3.8/importlib/__init__.py", line 127, in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
  File "<frozen importlib._bootstrap>", line 1014, in _gcd_import
  File "<frozen importlib._bootstrap_external>", line 843, in exec_module
  File "/srv/shop/broken.py", line 2, in <module>
    basket.total(['{"price": 1}', '{"name": "x"}'])
  File "/srv/shop/basket.py", line 7, in total
    return sum([price(row) for row in rows])
  File "/srv/shop/basket.py", line 7, in <listcomp>
    return sum([price(row) for row in rows])
  File "/srv/shop/basket.py", line 4, in price
    return json.loads(row)["price"]
KeyError: 'price'
"""

NEW = """\
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "<frozen runpy>", line 88, in _run_code
  File "/srv/shop/__main__.py", line 9, in <module>
    if sys.argv[1] == 'import': importlib.import_module('shop.broken')
                                ~~~~~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^
  File "/usr/lib/python3.13/importlib/__init__.py", line 88, in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
           ~~~~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "<frozen importlib._bootstrap>", line 1387, in _gcd_import
  File "<frozen importlib._bootstrap_external>", line 1022, in exec_module
  File "/srv/shop/broken.py", line 2, in <module>
    basket.total(['{"price": 1}', '{"name": "x"}'])
    ~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/shop/basket.py", line 7, in total
    return sum([price(row) for row in rows])
                ~~~~~^^^^^
  File "/srv/shop/basket.py", line 4, in price
    return json.loads(row)["price"]
           ~~~~~~~~~~~~~~~^^^^^^^^^
KeyError: 'price'
"""


def test_the_same_failure_on_python_3_8_and_3_13_is_one_crash() -> None:
    (old,), (new,) = parse(read(OLD.encode())), parse(read(NEW.encode()))
    assert fingerprint(old) == fingerprint(new)


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_any_values_have_a_key(message: str, file: str, function: str) -> None:
    assert len(key(Frame(file, 1, function), message=message)) == len("v1:") + 16


@pytest.mark.parametrize("unit", ["a.", "'", "/", "0-", "a@", "a:\\", "deadbeef-", "\n"])
def test_time_grows_no_faster_than_a_hostile_message(unit: str, linear: Linear) -> None:
    linear(lambda size: template(unit * 100_000 * size))
