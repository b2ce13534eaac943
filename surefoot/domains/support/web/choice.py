"""Which shop a domain is built over: the file in its folder, or the server that the environment names."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from graph.errors import DomainMistake
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.port import ShopPort

SHOP_URL: Final = "SUREFOOT_SHOP_URL"
"""The environment variable with the address of the shop's server, such as `http://127.0.0.1:8765`."""


def shop_for(folder: Path) -> ShopPort:
    """The shop at `SUREFOOT_SHOP_URL`, or else the one in `folder / "shop.db"`. Raises `DomainMistake`."""
    url = os.environ.get(SHOP_URL)
    if not url:
        return open_shop(folder / "shop.db")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise DomainMistake(f"{SHOP_URL}={url}: give an address such as http://127.0.0.1:8765")
    if missing := lacking("httpx"):
        raise DomainMistake(f"{SHOP_URL} {missing}")
    from surefoot.domains.support.web.client import HttpShop  # noqa: PLC0415 only those who ask for it need httpx

    return HttpShop(url)


def lacking(*libraries: str) -> str | None:
    """What to install, in one line; `None` where all of these libraries are there."""
    missing = [name for name in libraries if find_spec(name) is None]
    return f'needs {", ".join(missing)}; in the checkout: pip install -e ".[http]"' if missing else None
