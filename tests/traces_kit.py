"""A LangSmith-compatible receiver on loopback, which keeps what it is sent, answers with errors, or never answers."""

import email
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Literal

import zstandard

Mode = Literal["ok", "error", "hang", "stall"]
"""`hang` never answers anything, `stall` answers what it is but takes no runs."""
INFO: Final = {
    "version": "0.11.0",
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 16,
        "scale_down_nempty_trigger": 4,
        "size_limit": 100,
        "size_limit_bytes": 20_971_520,
    },
    "instance_flags": {"zstd_compression_enabled": True},
}
"""As LangSmith answers; with compression offered, so that a client that takes it up is noticed."""


@dataclass
class Received:
    """What reached the receiver."""

    mode: Mode
    port: int = 0
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Path, content type and body, decompressed."""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to send its traces here."""
        return {
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_API_KEY": "test-key",
            "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "LANGSMITH_PROJECT": "surefoot-tests",
        }

    @property
    def bytes(self) -> bytes:
        """Every body in one, to look for what must not be there."""
        return b"\n".join(body for _, _, body in self.requests)

    def runs(self) -> dict[str, dict[str, Any]]:
        """Runs by id, each as its first and last word together."""
        found: dict[str, dict[str, Any]] = {}
        for path, kind, body in self.requests:
            if path.endswith("/runs/multipart"):
                for name, value in _parts(kind, body):
                    _, run_id, *place = name.split(".")
                    _merge(found.setdefault(run_id, {}), {place[0]: value} if place else value)
        return found

    def named(self, name: str) -> list[dict[str, Any]]:
        """Runs of that name, oldest first."""
        return sorted((run for run in self.runs().values() if run["name"] == name), key=lambda run: run["start_time"])


@contextmanager
def receiver(mode: Mode = "ok") -> Iterator[Received]:
    """A receiver for as long as the block lasts."""
    received = Received(mode)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(received))
    server.daemon_threads = True
    received.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield received
    finally:
        received.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(received: Received) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, INFO)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "zstd":
                body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
            received.requests.append((self.path, self.headers["Content-Type"], body))
            self._answer(202, {})

        def _answer(self, status: int, value: object) -> None:
            if received.mode == "hang" or (received.mode == "stall" and self.command == "POST"):
                received.over.wait(60)
            body = json.dumps(value).encode()
            self.send_response(500 if received.mode == "error" else status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
            """Say nothing."""

    return Handler


def _parts(kind: str, body: bytes) -> Iterator[tuple[str, Any]]:
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        yield name, json.loads(payload)


def _merge(run: dict[str, Any], words: dict[str, Any]) -> None:
    """A later word wins where it says something."""
    run.update({name: value for name, value in words.items() if value is not None or name not in run})
