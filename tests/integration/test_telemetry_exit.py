import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from house import ROOT
from traces_kit import Mode, receiver

LATEST_EXIT: Final = 3.0
"""Seconds from the end of the run to the end of its process."""
SLOWEST_RUN: Final = 3.0
"""Seconds; a run of the toy domain takes a tenth of one."""


def greeted(folder: Path, environment: dict[str, str]) -> tuple[float, float, str]:
    """Run `traces_process` and give the run's seconds, the exit's seconds, and what was said on stderr."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LANGSMITH_", "LANGCHAIN_"))}
    path = f"{ROOT}{os.pathsep}{ROOT / 'tests'}"
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "traces_process.py"), str(folder)],
        env={**clean, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ended = time.time()
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["status"] == "complete"
    return said["took"], ended - said["over"], done.stderr


@pytest.mark.parametrize("mode", ["ok", "error", "hang", "stall"])
def test_an_endpoint_that_misbehaves_holds_nothing_up(tmp_path: Path, mode: Mode) -> None:
    """Well, erroring, hanging or stalling: the run is not slowed, its process ends in time, with one line at most."""
    with receiver(mode) as received:
        took, exit_took, said = greeted(tmp_path, received.environment)
    assert took < SLOWEST_RUN
    assert exit_took < LATEST_EXIT
    assert "Traceback" not in said
    assert len(said.splitlines()) == (0 if mode == "ok" else 1), said
    if mode == "ok":
        assert len(received.named("ended complete")) == 1, "what was traced last must not be lost"


def test_an_endpoint_that_refuses_holds_nothing_up(tmp_path: Path) -> None:
    """Where nothing listens, the run is not slowed and the process ends within three seconds, with one line."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
        environment = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "test-key", "LANGSMITH_ENDPOINT": endpoint}
        took, exit_took, said = greeted(tmp_path, environment)
    assert took < SLOWEST_RUN
    assert exit_took < LATEST_EXIT
    assert len(said.splitlines()) == 1, said
