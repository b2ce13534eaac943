"""Reads a job from a file or stdin; what cannot be read is told with its place."""

import json
import sys
from pathlib import Path

from graph.errors import BadRequest
from graph.values import Json

MOST_BYTES = 1_000_000
"""A job is a request, not an archive."""


def job_from(source: str) -> Json:
    """The JSON object in a file, or on stdin for `-`. Raises `BadRequest`."""
    name = "stdin" if source == "-" else source
    text = _text(source, name)
    try:
        job = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"{name}: line {error.lineno} column {error.colno}: {error.msg}; give one JSON object"
        ) from error
    except RecursionError as error:
        raise BadRequest(f"{name}: is nested too deeply; give one flat JSON object") from error
    if not isinstance(job, dict):
        raise BadRequest(f"{name}: holds a {type(job).__name__}; give one JSON object")
    return job


def _text(source: str, name: str) -> str:
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1) if source == "-" else _file(Path(source))
        if len(raw) > MOST_BYTES:
            raise BadRequest(f"{name}: is larger than {MOST_BYTES:,} bytes; shorten the request")
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"{name}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise BadRequest(f"{name}: {error.strerror}; give a JSON file, or - for stdin") from error


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)
