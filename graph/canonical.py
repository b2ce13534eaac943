"""One way to write a value down, so that equal values are equal texts, and have equal hashes."""

import hashlib
import json


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces. Raises `ValueError` or `TypeError` on what is no JSON, such as NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    text.encode()  # half a surrogate pair passes json.dumps, but no file or wire takes it
    return text


def digest(value: object, length: int = 64) -> str:
    """The first hexadecimal digits of the SHA-256 of the canonical text."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:length]
