"""`surefoot demo --shop http`: the server that it starts ends with it."""

import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from acceptance.command import Command
from surefoot.domains.support.web.client import HttpShop

HIDES = "import sys; sys.modules['fastapi'] = sys.modules['uvicorn'] = None\n"


def heard(demo: "subprocess.Popen[str]", word: str) -> str:
    """The next line on stderr that has the word."""
    assert demo.stderr is not None
    return next(line for line in demo.stderr if word in line)


def gone_within(url: str, seconds: float) -> bool:
    """Whether nobody listens there any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            HttpShop(url).search_articles("refund", 1)
        except httpx.TransportError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("ends", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_no_server_is_left_behind(tmp_path: Path, ends: signal.Signals) -> None:
    """However the demo ends, its server ends: on Ctrl-C, and on a kill that nobody can answer."""
    demo = Command(tmp_path).start("demo", "--shop", "http")
    try:
        url = heard(demo, "shop: ").removeprefix("shop: ").strip()
        heard(demo, " enter ")
        assert HttpShop(url).search_articles("refund", 1) != []
        demo.send_signal(ends)
        _, said = demo.communicate(timeout=20)
        assert gone_within(url, seconds=10)
    finally:
        demo.kill()
    if ends == signal.SIGINT:
        assert demo.returncode == 130
        assert said.splitlines()[-1].startswith("surefoot: stopped")
        assert "Traceback" not in said


def test_what_to_install_is_one_line(tmp_path: Path) -> None:
    """Without the extra, the demo runs on the file, and `--shop http` says what is missing."""
    (tmp_path / "sitecustomize.py").write_text(HIDES)
    bare = Command(tmp_path)
    bare = Command(tmp_path, {"PYTHONPATH": f"{tmp_path}:{bare.env['PYTHONPATH']}"})
    refused = bare("demo", "--shop", "http")
    assert refused.code == 2
    remedy = 'in the checkout: pip install -e ".[http]"'
    assert refused.complaint == f"surefoot: --shop http needs fastapi, uvicorn; {remedy}"
    demo = bare.start("demo")
    try:
        assert "shop.db" in heard(demo, "shop: ")
    finally:
        demo.kill()
        demo.communicate()
