"""The shop's backend: a SQLite file behind functions. The agent reaches it only through the domain's tools."""

from pathlib import Path

from surefoot.domains.support.shop.database import ensure
from surefoot.domains.support.shop.errors import Refusal
from surefoot.domains.support.shop.operations import Shop

__all__ = ["Refusal", "Shop", "open_shop"]


def open_shop(path: Path) -> Shop:
    """The shop over this file, made from the committed data the first time."""
    ensure(path)
    return Shop(path)
