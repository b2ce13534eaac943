from pathlib import Path
from typing import Any, get_args

import pytest
from langchain_core.messages import AIMessage

from agentkit import calls, chat, wish
from dockit import Block, blocks, run_block
from graph.toolcall import ToolErrorCode
from house import ROOT
from tools.hints import HINTS

GUIDE = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
SERVER = "# shop_server.py\n"


async def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of docs/tools.md runs, in order, and prints what the page says."""
    monkeypatch.chdir(tmp_path)
    model = chat(calls(wish("issue_refund", order_id="A1", cents=500)), AIMessage("It is paid."))
    namespace: dict[str, Any] = {"__name__": "guide", "model": model}
    ran: list[Block] = []
    for block in blocks("docs/tools.md", GUIDE):
        if block.source.startswith(SERVER):
            (tmp_path / "shop_server.py").write_text(block.source, encoding="utf-8")
            continue
        await run_block(block, namespace)
        ran.append(block)
    assert len(ran) == 6
    assert all(block.prints for block in ran)


@pytest.mark.parametrize("code", get_args(ToolErrorCode))
def test_every_code_is_explained(code: ToolErrorCode) -> None:
    """The page's table has each code, with the hint that a model gets."""
    (row,) = [line for line in GUIDE.splitlines() if line.startswith(f"| `{code}` |")]
    assert row.endswith(f"| {HINTS[code]} |")
