"""What a command that runs for weeks writes to standard error."""

import re
import subprocess
import sys

WRITES = """
import logging
from app.cli.logs import log_with_times
log_with_times()
logging.getLogger("tracelore.inbox").info("caught up")
logging.getLogger("tracelore.inbox").warning("the database is away")
logging.getLogger("somebody.else").info("chatter")
"""


def test_each_message_of_ours_has_its_time_and_level_and_libraries_only_warn() -> None:
    said = subprocess.run([sys.executable, "-c", WRITES], check=True, capture_output=True, text=True).stderr
    time = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"
    assert re.fullmatch(rf"{time} INFO caught up\n{time} WARNING the database is away\n", said)
