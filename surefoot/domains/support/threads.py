"""Mail threads: a ticket may drag older mails behind it, and what its writer says now stands first."""

import re
from typing import Final

BREAK: Final = re.compile(
    r"^[ \t>]*(?:-{2,} ?(?:original message|forwarded message|ursprüngliche nachricht|mensaje original|"
    r"message d'origine|weitergeleitete nachricht|mensaje reenviado|message transféré).*|begin forwarded message:?|"
    r"on .{6,120} wrote:|am .{6,120} schrieb .{0,80}:|el .{6,120} escribió:|le .{6,120} a écrit ?:|(?:from|von|de|"
    r"sent|gesendet|enviado|envoyé) ?: .+|_{8,}|={8,})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
"""A line behind which an older mail begins, in the forms that mail programs write."""
HEADER: Final = re.compile(
    r"^[ \t>]*(?:from|to|cc|sent|date|subject|reply-to|von|an|gesendet|datum|betreff|de|para|enviado|fecha|asunto|à|"
    r"envoyé|objet) ?:.*$",
    re.IGNORECASE | re.MULTILINE,
)
QUOTED: Final = re.compile(r"^[ \t]*>+ ?", re.MULTILINE)


def mails(message: str) -> list[str]:
    """The mails of a thread, newest first, without headers and quotation marks; one for a plain message."""
    top, quoted = _unquoted(message)
    parts = [*BREAK.split(top), *BREAK.split(quoted)]
    bare = (HEADER.sub("", QUOTED.sub("", part)).strip() for part in parts)
    return [part for part in bare if part] or [message]


def newest(message: str) -> str:
    """What the writer says now."""
    return mails(message)[0]


def _unquoted(message: str) -> tuple[str, str]:
    """The lines before the first quoted one, and the rest."""
    lines = message.splitlines()
    first = next((number for number, line in enumerate(lines) if re.match(r"[ \t]*>", line)), len(lines))
    return "\n".join(lines[:first]), "\n".join(lines[first:])
