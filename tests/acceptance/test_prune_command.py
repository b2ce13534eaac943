from pathlib import Path
from typing import Final

import pytest

from acceptance.command import Command

BAD: Final = {
    (): "say which runs: --older-than 30d, --keep 100, or both",
    ("--older-than", "soon"): "--older-than: 'soon' is no age; give a number with s, m, h, d or w, such as 30d",
    ("--older-than", "-3d"): "--older-than: '-3d' is no age",
    ("--older-than", "999999999w"): "--older-than: '999999999w' is no age",
    ("--keep", "-1"): "--keep: -1 is no number of runs; give 0 or more",
    ("--keep", "some"): "--keep'",
    ("--keep", "1", "--db", "nothing.db"): "nothing.db: no such database",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A missing, unreadable or absurd choice is refused in one line that names it; no database is made."""
    said = Command(tmp_path)("prune", *words)
    assert said.code == 2
    assert BAD[words] in said.complaint
    assert list(tmp_path.glob("*.db")) == []


def test_a_runs_page_after_pruning(tmp_path: Path) -> None:
    """A dry run drops nothing and says the same; a pruned run's page is as before; a waiting run goes on."""
    surefoot = Command(tmp_path)
    done = surefoot("run", "support", surefoot.request("which_parcel"), "--json").data["job"]["run_id"]
    waits = surefoot("run", "support", surefoot.request("large_refund"), "--json").data["job"]["run_id"]
    before = surefoot("runs", done, "--json").data
    told = surefoot("prune", "--keep", "0", "--dry-run", "--json").data
    assert surefoot("prune", "--keep", "1", "--older-than", "30d", "--json").data["pruned"] == []
    found = surefoot("prune", "--keep", "0", "--json").data
    assert (told["pruned"], told["dry_run"], found["dry_run"]) == (found["pruned"], True, False)
    assert [each["run_ids"] for each in found["pruned"]] == [[done]]
    assert found["bytes"] > 1_000
    assert "nothing to drop" in surefoot("prune", "--keep", "0").out
    assert surefoot("runs", done, "--json").data == before
    assert surefoot("decide", waits, "approve").code == 0
