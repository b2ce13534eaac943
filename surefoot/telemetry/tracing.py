"""LangSmith for this process, by LangSmith's own environment variables: one client, bounded in all it may delay."""

import atexit
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

import langsmith
from langsmith.client import ID_TYPE, RUN_TYPE_T, Client
from langsmith.utils import get_env_var, get_tracer_project, tracing_is_enabled
from urllib3.util import Retry

from graph.states import ROWS
from surefoot.settings import Settings
from surefoot.telemetry.redact import Redactor

FLUSH_SECONDS: Final = 2.0
"""How long the process's exit waits for traces that have not arrived."""
CONNECT_AND_READ: Final = (3_000, 10_000)
"""Milliseconds that one attempt may take."""
UNBOUND: Final = {"LANGSMITH_USE_DAEMON": "true", "LANGSMITH_DISABLE_RUN_COMPRESSION": "true"}
"""Without these, LangSmith's threads keep the interpreter alive until a dead endpoint has been retried to the end."""
INTERRUPT: Final = "GraphInterrupt("

log = logging.getLogger("surefoot.telemetry")


ROUTERS: Final = frozenset(f"after_{node}" for node in ROWS)
"""The runs of our conditional edges: the whole state once more, and nothing that a transition's run lacks."""


class TraceClient(Client):
    """LangSmith's client, but no trouble of a trace is a run's, an interrupt is no error, and routers are left out."""

    def create_run(self, name: str, inputs: dict[str, Any], run_type: RUN_TYPE_T, **given: Any) -> None:
        """As LangSmith's; what cannot be redacted or written is left out."""
        if name in ROUTERS:
            return
        with _spared(name):
            super().create_run(name, inputs, run_type, **given)

    def update_run(self, run_id: ID_TYPE, **given: Any) -> None:
        """As LangSmith's; a node that waits for a person ends as `interrupted`, not as failed."""
        if given.get("name") in ROUTERS:
            return
        with _spared(str(given.get("name"))):
            super().update_run(run_id, **(_interrupted(given) if _waits(given) else given))


@contextmanager
def _spared(name: str) -> Iterator[None]:
    """The error's text may quote a payload, so its kind must do."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 a run goes on without its trace
        log.warning("a trace lacks %s (%s)", name, type(error).__name__)


def _waits(given: dict[str, Any]) -> bool:
    return str(given.get("error") or "").startswith(INTERRUPT)


def _interrupted(given: dict[str, Any]) -> dict[str, Any]:
    extra = given.get("extra") or {}
    return {**given, "error": None, "extra": {**extra, "metadata": {**extra.get("metadata", {}), "interrupted": True}}}


def begin(settings: Settings) -> None:
    """Make this process's one client, where the environment asks for traces; the first settings given count."""
    if _running or not tracing_is_enabled():
        return
    client = _client(settings)
    _running.append(client)
    langsmith.configure(client=client)
    atexit.register(end)


def tracing() -> bool:
    """Whether this process sends traces."""
    return bool(_running)


def destination() -> str | None:
    """Where this process's traces go, for people."""
    return f"{_running[0].api_url}, project {get_tracer_project()}" if _running else None


def end(seconds: float = FLUSH_SECONDS) -> None:
    """Let go of the client once all has left, or the deadline has passed; what is left then is lost, and said to be."""
    if not _running:
        return
    atexit.unregister(end)
    client = _running.pop()
    client.flush(timeout=seconds)
    if left := client.tracing_queue.unfinished_tasks if client.tracing_queue else 0:
        log.warning("%d trace records did not reach %s", left, client.api_url)
    langsmith.configure(client=None)
    client.close(timeout=0)


def _client(settings: Settings) -> Client:
    os.environ.update(UNBOUND)
    cast("Any", get_env_var).cache_clear()  # it remembers what it read before
    if (theirs := logging.getLogger("langsmith")).level == logging.NOTSET:
        theirs.setLevel(logging.CRITICAL)  # a line or a traceback for every batch; `_teller` says it once
    hidden = None if settings.trace_payloads else True
    return TraceClient(
        timeout_ms=CONNECT_AND_READ,
        retry_config=Retry(total=0),  # the client repeats a batch by itself, and urllib3 would log each try
        tracing_error_callback=_teller(),
        anonymizer=Redactor(settings.redact),
        hide_inputs=hidden,
        hide_outputs=hidden,
    )


def _teller() -> Callable[[Exception], None]:
    """Says the first trouble only; the error's text may quote a payload, so its kind must do."""
    said: list[str] = []

    def tell(error: Exception) -> None:
        if not said:
            said.append(type(error).__name__)
            log.warning("traces do not arrive at LangSmith (%s); runs go on without", said[0])

    return tell


_running: Final[list[Client]] = []
