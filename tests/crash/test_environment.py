"""What a report betrays of the machine it came from, and what it only seems to."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crash.environment import merged, read_environment
from app.crash.model import Environment, Fact, Line, is_exact
from app.crash.text import undone
from app.crash.traceback import any_crashes
from tests.both_ways import assert_same

Linear = Callable[[Callable[[int], object]], None]


def environment(text: str) -> Environment:
    return read_environment([Line(number, line, line) for number, line in enumerate(text.splitlines(), start=1)])


@pytest.mark.parametrize(
    ("line", "os"),
    [
        (r'  File "C:\shop\app.py", line 1, in <module>', "windows"),
        (r'  File "asyncio\windows_events.py", line 709, in _register_with_iocp', "windows"),
        ("OSError: [WinError 87] Falscher Parameter", "windows"),
        ("platform win32 -- Python 3.8.10, pytest-6.2.5, py-1.11.0, pluggy-1.0.0", "windows"),
        ("Windows-10-10.0.19041-SP0", "windows"),
        ("- OS: Windows 10", "windows"),
        ("ImportError: DLL load failed while importing _ssl: The specified module could not be found.", "windows"),
        ("ImportError: cannot import name 'a' from 'b' (C:\\shop\\b.py)", "windows"),
        ("INFO:     Running uvicorn 0.17.6 with CPython 3.8.10 on Windows", "windows"),
        ('  File "/home/ann/shop/app.py", line 1, in <module>', "linux"),
        ('  File "/usr/lib/python3/dist-packages/six.py", line 1, in <module>', "linux"),
        ('  File "/app/main.py", line 1, in <module>', "linux"),
        ("Linux-5.15.0-76-generic-x86_64-with-glibc2.31", "linux"),
        ("Operating System: Ubuntu 20.04.3 LTS", "linux"),
        ("[GCC 9.4.0] on linux", "linux"),
        ('  File "/Users/ann/shop/app.py", line 1, in <module>', "macos"),
        ("[Clang 12.0.5 (clang-1205.0.22.11)]", "macos"),
        ("Library not loaded: @rpath/libomp.dylib", "macos"),
        ("It works on Linux but not on Windows", None),
        ("OS: Linux / Windows / macOS", None),
        ('127.0.0.1 - "GET /home/ann/x HTTP/1.1" 404', None),
        ("https://host/home/ann/x", None),
        ("KeyError: 'os'", None),
    ],
)
def test_a_line_betrays_the_system(line: str, os: str | None) -> None:
    assert environment(line).os == (Fact(os, 1) if os else None)


def test_a_frame_says_more_of_the_system_than_a_path_in_a_message() -> None:
    text = "cannot read /home/ann/x\n" + r'  File "C:\shop\app.py", line 1, in <module>'
    assert environment(text).os == Fact("windows", 2)


@pytest.mark.parametrize(
    ("line", "python", "exact"),
    [
        (r'  File "C:\Python38\lib\asyncio\events.py", line 1', "3.8", False),
        (r'  File "C:\\Users\\ann\\Programs\\Python\\Python310\\lib\\ssl.py", line 1', "3.10", False),
        ('  File "/usr/lib/python3.11/asyncio/runners.py", line 1', "3.11", False),
        ('  File "/opt/conda/envs/ml/lib/python3.8/site-packages/torch/x.py", line 1', "3.8", False),
        ('  File "/Library/Frameworks/Python.framework/Versions/3.9/bin/x", line 1', "3.9", False),
        ('  File "/home/ann/.pyenv/versions/3.10.13/lib/python3.10/ssl.py", line 1', "3.10.13", True),
        (r"C:\hostedtoolcache\windows\Python\3.9.13\x64\python.exe", "3.9.13", True),
        (
            r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.10_3.10.3056.0_x64__q\python.exe",
            "3.10",
            False,
        ),
        ("Python 3.10.4 (tags/v3.10.4:9d38120, Mar 23 2022) [MSC v.1929 64 bit (AMD64)] on win32", "3.10.4", True),
        ("3.9.13 | packaged by conda-forge | (main, May 27 2022, 16:58:50)", "3.9.13", True),
        ("sys.version: 3.8.10 (default, Nov 26 2021, 20:14:08)", "3.8.10", True),
        ("platform linux -- Python 3.11.7, pytest-8.0.0, pluggy-1.7.0", "3.11.7", True),
        ("INFO:     Running uvicorn 0.17.6 with CPython 3.8.10 on Windows", "3.8.10", True),
        ("Server: Werkzeug/2.0.3 Python/3.9.1", "3.9.1", True),
        ("python==3.9.1", "3.9.1", True),
        ("- python: 3.9", "3.9", False),
        ("Python version: 3.8.10", "3.8.10", True),
        ("Python Version:\t3.13.0rc1", "3.13.0rc1", True),
        ("FROM python:3.11-slim", "3.11", False),
        ("numpy-1.26.4-cp310-cp310-win_amd64.whl", "3.10", False),
        ("_ssl.cpython-38-x86_64-linux-gnu.so: undefined symbol", "3.8", False),
        ("I am on Python 3.10 with FastAPI", "3.10", False),
        ("This needs Python 3.10", None, True),
        ("It worked on Python 3.7.4", None, True),
        ("python_requires = '>=3.8'", None, True),
        ("numpy-1.26.4-cp310-cp310-win_amd64.whl is not a supported wheel on this platform.", None, True),
        ("GET / 200 Python-urllib/3.9", None, True),
    ],
)
def test_a_line_betrays_the_python(line: str, python: str | None, *, exact: bool) -> None:
    assert environment(line).python == (Fact(python, 1, exact=exact) if python else None)


@pytest.mark.parametrize(
    ("line", "packages"),
    [
        ("/x/site-packages/foo_bar-1.2.3.dist-info/METADATA", {"foo-bar": "1.2.3"}),
        ("/x/site-packages/Foo.Bar-1.2-py3.8.egg/foo/x.py", {"foo-bar": "1.2"}),
        ("INFO:     Running uvicorn 0.17.6 with CPython 3.8.10 on Windows", {"uvicorn": "0.17.6"}),
        ("I use uvicorn 0.17.6", {"uvicorn": "0.17.6"}),
        ("We are running Django 4.2 and PyTorch 2.1.0+cu118.", {"django": "4.2", "torch": "2.1.0+cu118"}),
        ("- FastAPI version: 0.103.1", {"fastapi": "0.103.1"}),
        ("Django Version: 4.2", {"django": "4.2"}),
        ("Flask 2.2.2", {"flask": "2.2.2"}),
        ("uvicorn==0.17.6", {"uvicorn": "0.17.6"}),
        ('$ pip install "uvicorn[standard]==0.17.6" httpx==0.28.0', {"uvicorn": "0.17.6", "httpx": "0.28.0"}),
        ("Server: Werkzeug/2.0.3 Python/3.9.1", {"werkzeug": "2.0.3"}),
        ("Successfully installed a-1.2 b-c-3.4rc1 d_e-5", {"a": "1.2", "b-c": "3.4rc1", "d-e": "5"}),
        (
            "Requirement already satisfied: click>=7.0 in /usr/lib/python3/dist-packages (from uvicorn) (8.0.3)",
            {"click": "8.0.3"},
        ),
        ("plugins: asyncio-0.23.3, anyio-4.0", {"pytest-asyncio": "0.23.3", "anyio": "4.0"}),
        ("platform linux -- Python 3.11.7, pytest-8.0.0, pluggy-1.7.0", {"pytest": "8.0.0", "pluggy": "1.7.0"}),
        ("foo 1.2 requires bar>=2.0, but you have bar 1.9 which is incompatible.", {"bar": "1.9"}),
        ("Please upgrade to uvicorn 0.18.0", {}),
        ("fixed in uvicorn==0.18.0", {}),
        ("works with uvicorn 0.15.0", {}),
        ("uvicorn>=0.17.6", {}),
        ("uvicorn==0.17.*", {}),
        ("shop 1.2.3 started", {}),
        ("Redis version: 7.0.5", {}),
        ("Successfully uninstalled uvicorn-0.15.0", {}),
        ('10.0.0.1 - "GET / HTTP/1.1" 200 "python-requests/2.28.1"', {}),
        ("2024-05-01 12:00:01,123 INFO uvicorn.error 0.5 s", {}),
    ],
)
def test_a_line_betrays_packages(line: str, packages: dict[str, str]) -> None:
    assert {name: fact.value for name, fact in environment(line).packages.items()} == packages


def test_a_documented_address_betrays_the_start_of_a_version() -> None:
    facts = environment("visit https://errors.pydantic.dev/2.3/u/x\nhttps://sqlalche.me/e/20/gkpj").packages
    assert facts == {"pydantic": Fact("2.3", 1, exact=False), "sqlalchemy": Fact("2.0", 2, exact=False)}


LISTS = {
    "pip freeze": "anyio==3.6.1\nclick==8.0.4\nh11==0.13.0\n-e git+https://host/shop.git@1f#egg=shop\nuvicorn==0.17.6\n",
    "pip list": """\
Package    Version    Editable project location
---------- ---------- -------------------------
anyio      3.6.1
click      8.0.4
h11        0.13.0
shop       1.0        /srv/shop
uvicorn    0.17.6
""",
    "conda list": """\
# packages in environment at /opt/conda/envs/shop:
#
# Name                    Version                   Build  Channel
anyio                     3.6.1            py38h06a4308_0
click                     8.0.4              pyhd8ed1ab_0    conda-forge
h11                       0.13.0                   pypi_0    pypi
openssl                   1.1.1k               h27cfd23_0
uvicorn                   0.17.6                   pypi_0    pypi
""",
    "poetry show": """\
$ poetry show
anyio   3.6.1  High level compatibility layer
click   8.0.4  Composable command line interface toolkit
h11     0.13.0 A pure-Python implementation
idna    (!) 3.3 Internationalized Domain Names
uvicorn 0.17.6 The lightning-fast ASGI server.
""",
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS.keys())
def test_a_whole_list_of_packages_is_complete(text: str) -> None:
    found = environment(f"Here it is:\n\n{text}\nThanks!")
    assert found.complete
    assert found.packages["uvicorn"].value == "0.17.6"
    assert found.packages["anyio"].value == "3.6.1"
    assert {"here", "package", "thanks"}.isdisjoint(found.packages)


def test_a_requirements_file_is_no_whole_list() -> None:
    assert not environment("uvicorn==0.17.6\nanyio==3.6.1\nh11==0.13.0\nclick==8.0.4\ndjango==4.2").complete


def test_python_in_a_conda_list_is_the_python() -> None:
    found = environment("# packages in environment at /x:\npython  3.8.10  h1\nuvicorn  0.17.6  p")
    assert found.python == Fact("3.8.10", 2)
    assert list(found.packages) == ["uvicorn"]


def test_pip_show_names_a_package_in_two_lines() -> None:
    assert environment("Name: Flask-Login\nVersion: 0.6.2").packages == {"flask-login": Fact("0.6.2", 2)}
    assert environment("Name: Ann\n\nVersion: 0.6.2").packages == {}


def test_the_first_exact_line_is_believed() -> None:
    text = "/usr/lib/python3.8/ssl.py\nPython version: 3.9.1\nPython version: 3.10.4\nuvicorn==0.17.6\nuvicorn==0.18.0"
    found = environment(text)
    assert found.python == Fact("3.9.1", 2)
    assert found.packages == {"uvicorn": Fact("0.17.6", 4)}


def test_merging_believes_the_first_and_takes_what_only_the_second_knows() -> None:
    stated = Environment(python=Fact("3.8", exact=False), packages={"uvicorn": Fact("0.17.6")})
    read = Environment(
        os=Fact("linux", 1),
        python=Fact("3.8.10", 2),
        packages={"uvicorn": Fact("0.18.0", 3), "click": Fact("8.0.4", 4)},
        complete=True,
    )
    assert merged(stated, read) == Environment(
        os=Fact("linux", 1),
        python=Fact("3.8.10", 2),
        packages={"click": Fact("8.0.4", 4), "uvicorn": Fact("0.17.6")},
        complete=True,
    )
    assert merged(Environment(python=Fact("3.9")), read).python == Fact("3.9")
    assert merged(Environment(), Environment()) == Environment()


@given(st.text(st.sampled_from("pythonuvicr =.-/\\0123:()[]\n"), max_size=200))
def test_any_text_is_answered(text: str) -> None:
    found = environment(text)
    assert all(fact.line for fact in found.packages.values())


def test_lines_that_several_crashes_share_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr("app.crash.environment.is_listed", read.append)
    header, frame = "Traceback (most recent call last):\n", '  File "x.py", line 1, in f\n    f()\n'
    lines = undone(header * 8 + frame * 200 + "ValueError: x (1)\n" * 8).lines
    assert len(any_crashes(lines)) == 8
    assert len(read) == len(lines)


CALLED = 'Traceback (most recent call last):\n  File "/srv/shop/{}.py", line 1, in f\n    f()\n'
FIRST, SECOND = CALLED.format("a") + "ValueError: one\n", CALLED.format("b") + "KeyError: 'two'\n"
ON_38 = FIRST.replace("/srv/shop", "/usr/lib/python3.8/asyncio")
SEVERAL = [
    (f"Python 3.8.10\n{FIRST}\nPython 3.12.1\n{SECOND}", [None, None]),
    (f"{FIRST}\nPython 3.8.10\n\n{SECOND}\nPython 3.12.1\n", [None, None]),
    (f"{ON_38}\nPython 3.12.1\n{SECOND}", ["3.8", None]),
    (f"{ON_38}\nPython 3.8.10\n\n{SECOND}", ["3.8.10", "3.8.10"]),
    (f"Python 3.8.10\n{FIRST}\n{SECOND}", ["3.8.10", "3.8.10"]),
    (f"Python 3.8.10\n{FIRST}\nPython 3.12.1\n", ["3.8.10"]),
]


@pytest.mark.parametrize(("text", "pythons"), SEVERAL)
def test_of_several_pythons_none_is_told_of_a_crash_that_names_none(text: str, pythons: list[str | None]) -> None:
    told = [one.environment.python for one in any_crashes(undone(text).lines)]
    assert [python and python.value for python in told] == pythons
    assert assert_same(text)


LOG_LINE = '2024-05-01 12:00:01,123 INFO 10.0.0.1:4711 - "GET /items/4711?q=a.b HTTP/1.1" 200 (x 8)\n'


def test_an_ordinary_log_betrays_nothing() -> None:
    assert environment(LOG_LINE * 1_000) == Environment()


@pytest.mark.parametrize("unit", [LOG_LINE, "a==1", "C:\\aaaa", "use a ", "python3.1/", " "])
def test_time_grows_no_faster_than_the_text(unit: str, linear: Linear) -> None:
    linear(lambda size: environment(unit * (20_000 // len(unit)) * size))


@pytest.mark.parametrize("python", ["3.8.10", "3.14.0rc1", "2.7.18"])
def test_a_python_is_exact_where_it_goes_down_to_the_third_number(python: str) -> None:
    assert is_exact(python)


@pytest.mark.parametrize("python", ["3.8", "3.12.dev0", "3", ""])
def test_a_release_line_of_python_is_not_exact(python: str) -> None:
    assert not is_exact(python)
