"""An OpenAI-compatible endpoint on loopback that answers by a domain's offline rules, or as a test scripts it."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast, get_type_hints

from pydantic import BaseModel, ValidationError

from graph.briefs import PlanningBrief
from graph.domain import Domain, Role
from graph.toolloop import LoopBrief, Seen
from graph.values import Json
from surefoot.models.prompts.render import fixed, prompt_of

DROPPED: Final = -1
"""In place of a status: the connection is closed without a word."""


@dataclass
class Reply:
    """What the endpoint answers: a JSON object, or bytes as they are."""

    body: Json | bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    pieces: list[bytes | float] | None = None
    """In place of a body: what is sent piece by piece, and seconds of silence between; then the connection closes."""


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
    length = {"Content-Length": str(len(body))} if reply.pieces is None else {}
    headers = {"Content-Type": "application/json", **length, **reply.headers}
    handler.send_response(reply.status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
    for piece in reply.pieces or ():
        if isinstance(piece, float):
            time.sleep(piece)
        else:
            handler.wfile.write(piece)


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
    """The domain's own rules, on the brief that the conversation after the fixed part tells."""

    def line(request: Json) -> Reply:
        said = [(message["role"], message["content"]) for message in request["messages"]]
        return says(_ruled(domain, said).model_dump_json(), usage=used(100, 20))

    return line


def _ruled(domain: Domain, said: list[tuple[str, str]]) -> BaseModel:
    for key, rule in domain.rules.items():
        role, _, worker = key.partition(":")
        prompt = prompt_of(domain, cast("Role", role), worker or None)
        if said[0][1].startswith(prompt.system):
            brief = _told(domain, get_type_hints(rule)["brief"], worker, said[len(fixed(prompt)) :])
            if brief is not None:
                return rule(brief)
    raise AssertionError(f"no rule takes {said[-1]}")


def _told(domain: Domain, kind: type[BaseModel], worker: str, turns: list[tuple[str, str]]) -> BaseModel | None:
    first, *later = [json.JSONDecoder().raw_decode(text)[0] for _, text in turns]
    if kind is PlanningBrief:
        return _read(kind, {**first, "workers": ()})
    if kind is not LoopBrief:
        return _read(kind, first)
    contract = domain.worker(worker)
    if contract is None or _read(contract.input, first) is None:
        return None
    seen = [
        Seen(**step, **({"error": brought["error"]} if set(brought) == {"error"} else {"value": brought}))
        for step, brought in zip(later[::2], later[1::2], strict=True)
    ]
    return LoopBrief(input=first, tools=(), output_schema={}, seen=tuple(seen), steps_left=4)


def _read(model: type[BaseModel], given: Json) -> BaseModel | None:
    try:
        return model.model_validate(given)
    except ValidationError:
        return None
