"""`langgraph dev` as a process of its own, in a folder that looks like the repository's root.

The server keeps its list of threads in the folder that it is started in; yours stays as it is.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from house import PACKAGES, ROOT

STARTS_WITHIN_SECONDS: Final = 60.0
SERVED: Final = (*PACKAGES, "langgraph.json")
QUIET: Final = {
    "LANGSMITH_TRACING": "false",
    "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True)
class Server:
    """A server that is up."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def folder(self) -> Path:
        """Where it was started; the database is there."""
        return self.log.parent

    def kill(self) -> None:
        """`kill -9` for it and all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """The server in this folder, over the database in it, until the block ends."""
    port, log = free_port(), folder / "server.log"
    for name in SERVED:
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    with log.open("ab") as file:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("langgraph"), "dev", "--no-browser", "--no-reload", "--port", str(port)],
            cwd=folder, env={**os.environ, **QUIET},
            stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_until_up(server)
        yield server
    finally:
        if process.poll() is None:
            server.kill()


def _wait_until_up(server: Server) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log.read_text(encoding="utf-8")
        try:
            if httpx.get(f"{server.url}/ok", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(server.log.read_text(encoding="utf-8"))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
