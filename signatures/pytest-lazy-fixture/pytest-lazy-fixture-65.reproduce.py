import sys

import pytest


@pytest.fixture
def one():
    return 1


@pytest.mark.parametrize("value", [pytest.lazy_fixture("one")] if hasattr(pytest, "lazy_fixture") else [1])
def test_value(value):
    assert value == 1


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", __file__]))
