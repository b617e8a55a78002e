"""The command `tracelore stream` where it can't do its work."""

from __future__ import annotations

import os
import subprocess
import sys

# as in an installation without the extra
WITHOUT = "import sys; sys.modules['faststream'] = None; sys.argv = ['tracelore', 'stream']; from app.cli.main import main; main()"


def test_without_the_extra_a_sentence_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tracelore: This needs what reads brokers: pip install 'tracelore[stream]'.\n"


def test_a_group_that_nats_does_not_take_is_refused_at_the_start() -> None:
    environment = os.environ | {"TRACELORE_STREAM_GROUP": "a.b"}
    command = [sys.executable, "-m", "app.cli", "stream"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("tracelore: TRACELORE_STREAM_GROUP: ")
