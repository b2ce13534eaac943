"""Server-sent events as chat endpoints send them: one JSON document a `data:` line, `[DONE]` at the end."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

END: Final = b"[DONE]"


class BrokenOff(Exception):
    """An endpoint ended its answer before it was whole."""

    def __init__(self, why: str, code: str = "") -> None:
        super().__init__(why)
        self.code = code
        """The endpoint's own, where it sent an error in place of more."""


async def payloads(received: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """What stands after each `data:`, `[DONE]` included. Comments, as sent to keep a connection alive, are left out.

    Split by bytes: text splits at characters, such as U+2028, that may stand within a JSON string.
    """
    rest = b""
    async for some in received:
        *lines, rest = (rest + some).replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            if (payload := _payload(line)) is not None:
                yield payload
    if (payload := _payload(rest)) is not None:
        yield payload


def _payload(line: bytes) -> bytes | None:
    return line.removeprefix(b"data:").strip() or None if line.startswith(b"data:") else None
