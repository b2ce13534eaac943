"""The fault matrix in short: each kind of fault and each tool at least once; `make faults` drives all of it."""

import re
from collections.abc import Iterator

import pytest

from faultcells import KIND, TICKETS, Mall, cell, covering, mall
from faultkinds import KINDS
from faultkit import EFFECTS
from house import ROOT
from surefoot.domains.support import domain


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    """Shops behind one real server."""
    with mall(tmp_path_factory.mktemp("mall")) as opened:
        yield opened


@pytest.mark.parametrize(("kind", "tool"), [(kind.name, tool) for kind, tool in covering()])
async def test_a_fault_is_met(shops: Mall, kind: str, tool: str) -> None:
    """The call has its code, no node raises, nothing happens twice, no faulty word gets out, and it can be taken up."""
    assert (await cell(shops, KIND[kind], tool)).misses == ()


def test_the_short_form_covers_the_matrix(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every kind and every tool of the domain is in it, and which tools are effects is what the domain says."""
    support = domain(tmp_path_factory.mktemp("shop"))
    assert {tool for _, tool in covering()} == set(TICKETS) == {tool.name for tool in support.tools}
    assert {kind for kind, _ in covering()} == set(KINDS)
    assert {tool.name for tool in support.tools if tool.effect != "read"} == EFFECTS


def test_the_documented_codes_are_the_tested_ones() -> None:
    """The table of docs/faults.md has every kind with its code, and no other."""
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+?) \| `?([a-z_]+)`? \|", page.split("## What comes of each fault")[1], re.MULTILINE)
    assert dict(rows) == {kind.name: kind.code or "ok" for kind in KINDS if kind.name != "none"}
