import sys
from pathlib import Path

import pytest

Path("tests").mkdir()
Path("tests/__init__.py").touch()
Path("tests/test_sum.py").write_text("def test_sum():\n    assert sum([1, 2]) == 3\n")
sys.exit(pytest.main(["tests"]))
