"""An OpenAI-compatible endpoint on loopback that answers by a domain's offline rules, or as a test scripts it."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, get_type_hints

from pydantic import BaseModel, ValidationError

from graph.domain import Domain
from graph.toolloop import LoopBrief
from graph.values import Json

DROPPED: Final = -1
"""In place of a status: the connection is closed without a word."""


@dataclass
class Reply:
    """What the endpoint answers: a JSON object, or bytes as they are."""

    body: Json | bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


Line = Reply | Callable[[Json], Reply]


@dataclass
class FakeEndpoint:
    """Says its lines in order, and the last one for ever; remembers what it was asked."""

    lines: list[Line]
    port: int = 0
    requests: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """What OPENAI_BASE_URL is set to."""
        return f"http://127.0.0.1:{self.port}/v1"

    def reply_to(self, request: Json) -> Reply:
        """The next line's answer."""
        self.requests.append(request)
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        return line if isinstance(line, Reply) else line(request)


@contextmanager
def serving(*lines: Line, tls: ssl.SSLContext | None = None) -> Iterator[FakeEndpoint]:
    """The endpoint, on a port of its own, until the block ends."""
    endpoint = FakeEndpoint(list(lines))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
            endpoint.paths.append(self.path)
            with suppress(BrokenPipeError, ConnectionResetError):  # the client may have left
                _send(self, endpoint.reply_to(request))

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.port = server.server_port
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    time.sleep(reply.delay)
    handler.close_connection = True
    if reply.status == DROPPED:
        return
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}
    handler.send_response(reply.status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def says(text: str | None, *, finish: str = "stop", usage: Json | None = None, **message: Any) -> Reply:
    """A completion in OpenAI's form; `usage=None` leaves it out."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return Reply(body | ({"usage": usage} if usage else {}))


def used(prompt: int, completion: int, cached: int = 0) -> Json:
    """OpenAI's usage."""
    details = {"cached_tokens": cached}
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
            "prompt_tokens_details": details}  # fmt: skip


def fails(status: int, message: str = "no", code: str | None = None, **headers: str) -> Reply:
    """An error in OpenAI's form; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"error": {"message": message, "type": "error", "code": code}}, status, named)


def page(status: int = 200) -> Reply:
    """A web page, as a proxy or a wrong address answers."""
    return Reply(b"<html><body>Welcome</body></html>", status, {"Content-Type": "text/html"})


def by_rules(domain: Domain) -> Callable[[Json], Reply]:
    """The domain's own rules, found by the brief that the last user message carries."""

    def line(request: Json) -> Reply:
        brief = json.loads(next(m["content"] for m in reversed(request["messages"]) if m["role"] == "user"))
        return says(_ruled(domain, brief).model_dump_json(), usage=used(100, 20))

    return line


def _ruled(domain: Domain, brief: Json) -> BaseModel:
    for key, rule in domain.rules.items():
        read = _read(get_type_hints(rule)["brief"], brief)
        if read is not None and (not isinstance(read, LoopBrief) or _takes(domain, key, read)):
            return rule(read)
    raise AssertionError(f"no rule takes {sorted(brief)}")


def _takes(domain: Domain, key: str, brief: LoopBrief) -> bool:
    """Loops share one kind of brief; what they work on tells them apart."""
    worker = domain.worker(key.removeprefix("work:"))
    assert worker is not None
    return _read(worker.input, brief.input) is not None


def _read(model: type[BaseModel], given: Json) -> BaseModel | None:
    try:
        return model.model_validate(given)
    except ValidationError:
        return None
