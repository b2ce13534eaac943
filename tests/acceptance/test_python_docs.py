"""docs/python.md and the README's first example do what they show."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import Command
from dockit import Block, blocks, run_block
from endpointkit import says, serving, used
from house import ROOT

GUIDE = [*blocks("docs/python.md", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"))]
README = [*blocks("README.md", (ROOT / "README.md").read_text(encoding="utf-8"))]
SCRIPT = "# report.py\n"


def scripts() -> list[Block]:
    """Blocks that are programs of their own."""
    return [block for block in GUIDE if block.source.startswith(SCRIPT)]


@pytest.mark.timeout(60)
async def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of docs/python.md runs, in order, and prints what the page says."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "guide"}
    ran = 0
    for block in GUIDE:
        if block in scripts():
            continue
        if "BudgetedModel" not in block.source:
            await run_block(block, namespace)
        else:
            answers = [says(f'{{"topic": "{topic}"}}', usage=used(50, 7)) for topic in ("delivery", "refund")]
            with serving(*answers) as endpoint, monkeypatch.context() as during:
                during.setenv("OPENAI_BASE_URL", endpoint.url)
                during.setenv("SUREFOOT_MODEL_LARGE", "a-model")
                await run_block(block, namespace)
        ran += 1
    assert ran >= 8
    assert all(block.prints for block in GUIDE if block not in scripts())


async def test_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's first example runs as it stands."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "readme"}
    await run_block(README[0], namespace)
    assert namespace["run"].status == "complete"


def test_the_report_that_is_killed(tmp_path: Path) -> None:
    """The page's last program, killed in its second step, does not repeat the first one when it is started again."""
    (script,) = scripts()
    program = tmp_path / "report.py"
    program.write_text(script.source, encoding="utf-8")
    line, env = [sys.executable, str(program)], Command(tmp_path).env
    with subprocess.Popen(line, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert [first.stdout.readline() for _ in range(2)] == ["collecting\n", "writing\n"]
        first.kill()
    again = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert again.stdout == "writing\n"
    third = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert third.stdout == "collecting\nwriting\n", "a report that is finished is begun anew"


async def test_a_page_that_lies_is_found() -> None:
    """The runner has teeth: other output fails, an output block counts only right behind its code."""
    page = "```python\nprint(1)\n```\n```text\n2\n```\n```python\nx = 1\n```\nwords\n```text\n3\n```\n"
    wrong, silent = blocks("page", page)
    assert (wrong.place, wrong.prints, silent.prints) == ("page:1", "2\n", None)
    with pytest.raises(AssertionError, match="printed:\n1"):
        await run_block(wrong, {})
