"""Who sends a crash of another language hears so, and is not asked for what only Python has."""

import pytest

from app.crash.text import read
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.foreign import NAMES

STACKS = {
    "java": """\
Exception in thread "main" java.lang.IllegalStateException: no price for order 7
\tat com.shop.Orders.price(Orders.java:41)
\tat com.shop.Main.main(Main.java:12)
Caused by: java.lang.NullPointerException: no table
\tat com.shop.Prices.of(Prices.java:8)
\t... 2 more
""",
    "dotnet": """\
Unhandled exception. System.InvalidOperationException: no price
   at Shop.Orders.Price(Int32 id) in /src/Orders.cs:line 41
   at Shop.Program.Main(String[] args)
""",
    "php": """\
PHP Fatal error:  Uncaught Exception: no price in /var/www/orders.php:41
Stack trace:
#0 /var/www/index.php(12): price(7)
#1 {main}
  thrown in /var/www/orders.php on line 41
""",
    "go": """\
panic: runtime error: index out of range [7] with length 3

goroutine 1 [running]:
main.price(...)
\t/src/orders.go:41
""",
    "ruby": """\
orders.rb:41:in `price': undefined method `[]' for nil:NilClass (NoMethodError)
\tfrom main.rb:12:in `<main>'
""",
    "rust": """\
thread 'main' panicked at src/main.rs:12:5:
index out of bounds: the len is 3 but the index is 7
""",
    "javascript": """\
Uncaught TypeError: Cannot read properties of undefined (reading 'price')
    at price (https://shop.example/app.js:41:13)
""",
}
PYTHON = """Traceback (most recent call last):
  File "/srv/shop/app.py", line 12, in main
    run()
ValueError: no price
"""


@pytest.mark.parametrize("language", STACKS)
def test_another_language_is_named_and_nothing_of_pythons_is_asked_for(language: str, index: Index) -> None:
    told = diagnose(read(STACKS[language].encode()), index)
    assert told.verdict == "none"
    assert f"This is a crash of {NAMES[language]}." in told.summary
    assert NAMES[language] in told.replies.customer
    assert all((crash.language, crash.would_help) == (language, ()) for crash in told.crashes)


@pytest.mark.parametrize("language", STACKS)
def test_a_crash_of_pythons_beside_it_is_one(language: str, index: Index) -> None:
    for text in (f"{STACKS[language]}\n{PYTHON}", f"{PYTHON}\n{STACKS[language]}"):
        crashes = diagnose(read(text.encode()), index).crashes
        (crash,) = (one for one in crashes if one.exception == "ValueError")
        assert crash.language == "python"
        assert crash.would_help


def test_a_cause_of_javas_without_frames_of_its_own_is_javas(index: Index) -> None:
    """What it shares with the exception it caused is not printed twice: of a cause at the very end only that is said."""
    end = STACKS["java"].replace("\tat com.shop.Prices.of(Prices.java:8)\n", "")
    crashes = diagnose(read(end.encode()), index).crashes
    assert [(one.exception, one.language, one.would_help) for one in crashes] == [
        ("java.lang.IllegalStateException", "java", ()),
        ("java.lang.NullPointerException", "java", ()),
    ]


def test_an_error_of_python_may_quote_a_stack_of_javas(index: Index) -> None:
    text = f"py4j.protocol.Py4JJavaError: An error occurred while calling o7.load.\n: {STACKS['java']}"
    crash = diagnose(read(text.encode()), index).crashes[0]
    assert crash.exception == "py4j.protocol.Py4JJavaError"
    assert crash.language == "python"
