"""One thing that was looked at."""

from typing import Literal

from graph.values import Frozen


class Finding(Frozen):
    """What was found, and what to do about it."""

    topic: str
    verdict: Literal["ok", "warning", "problem"]
    """A warning is worth knowing; a problem keeps Surefoot from running."""
    found: str
    remedy: str = ""


def ok(topic: str, found: str) -> Finding:
    """All is well."""
    return Finding(topic=topic, verdict="ok", found=found)


def warning(topic: str, found: str, remedy: str) -> Finding:
    """Worth knowing."""
    return Finding(topic=topic, verdict="warning", found=found, remedy=remedy)


def problem(topic: str, found: str, remedy: str) -> Finding:
    """Keeps Surefoot from running."""
    return Finding(topic=topic, verdict="problem", found=found, remedy=remedy)


def told(topic: str, message: str) -> Finding:
    """A problem from a message of ours, which says what is wrong, then `; ` or `: ` and the remedy."""
    for mark in ("; ", ": "):
        found, _, remedy = message.rpartition(mark)
        if found:
            return problem(topic, found, remedy)
    return problem(topic, message, "")
