"""The commands about money, as they are typed: what they print, at two widths, and what they refuse."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from surefoot.cli import main
from surefoot.cli.common import out
from surefoot.domains.support.cases import load_cases

JOB = next(case for case in load_cases() if case.id == "where_is_my_order").request


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of a refusal."""
        (line,) = (line for line in self.err.splitlines() if not line.startswith("model: "))
        return line


Type = Callable[..., Said]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Type:
    """Type a command in a folder with a job in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SUREFOOT_MODEL_LARGE", "SUREFOOT_MODEL_SMALL", "SUREFOOT_DB"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "job.json").write_text(json.dumps(JOB))

    def type_in(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["surefoot", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return type_in


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--budget", "usd=0"), "--budget: usd=0: input should be greater than 0; such as usd=0.20"),
        (("--budget", "usd=-0.5"), "usd=-0.5: input should be greater than 0"),
        (("--budget", "usd=nan"), "usd=nan: input should be a finite number"),
        (("--budget", "tokens=1e30"), "tokens=1e30"),
        (("--budget", "calls=99999999999999"), "calls=99999999999999: input should be less than or equal to"),
        (("--budget", "euros=3"), "'euros' is no limit of a run; give one of tokens, usd, seconds, calls"),
        (("--budget", "lots"), "'lots' sets no limit"),
        (("--budget-usd", "nan"), "usd=nan: input should be a finite number"),
        (("--budget-usd", "-1"), "usd=-1.0: input should be greater than 0"),
        (("--budget-tokens", "0"), "tokens=0: input should be greater than 0"),
        (("--budget-tokens", "5", "--budget", "tokens=6"), "tokens is given twice"),
    ],
)
def test_a_budget_that_is_none(typed: Type, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    """One line that names the limit and shows how it is written, exit 2, and no database is made."""
    said = typed("run", "support", "job.json", *words)
    assert said.code == 2
    assert said.complaint.startswith("surefoot: --budget: ")
    assert told in said.complaint
    assert not (tmp_path / "surefoot.db").exists()


def test_an_estimate_runs_nothing(typed: Type, tmp_path: Path) -> None:
    """Without history it says that it guesses; with it, how many runs it rests on; nothing is run either way."""
    said = typed("run", "support", "job.json", "--estimate")
    assert said.code == 0
    assert "no finished run yet; a guess from the size of the planning prompt" in said.out
    assert not (tmp_path / "surefoot.db").exists()
    assert typed("run", "support", "job.json").code == 0
    found = json.loads(typed("run", "support", "job.json", "--estimate", "--budget", "calls=7", "--json").out)
    assert (found["runs"], found["budget"]["calls"], found["usd"]["median"]) == (1, 7, 0)
    assert len(json.loads(typed("runs", "--json").out)) == 1


@pytest.mark.parametrize("width", [80, 120])
def test_costs_are_read_at_a_glance(typed: Type, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Sums and a run's own calls fit the terminal, and offline rules are free rather than $0.0000."""
    monkeypatch.setattr(out, "_width", width)
    run = json.loads(typed("run", "support", "job.json", "--json").out)["job"]["run_id"]
    for words in (("costs",), ("costs", "--by", "state"), ("costs", "support", "--by", "model"), ("runs", run)):
        said = typed(*words)
        assert said.code == 0, said.err
        assert "free" in said.out
        assert "$0.0000" not in said.out
        assert max(len(line.rstrip()) for line in said.out.splitlines()) <= width
    assert "planning" in said.out
    assert "models: offline rules (3)" in said.out


def test_costs_are_data_too(typed: Type) -> None:
    """`--json` gives the lines; a run's page gives its model calls and alerts."""
    run = json.loads(typed("run", "support", "job.json", "--json").out)["job"]["run_id"]
    (line,) = json.loads(typed("costs", "--by", "tenant", "--since", "1d", "--json").out)
    page = json.loads(typed("runs", run, "--json").out)
    assert (line["key"], line["calls"]) == ("default", len(page["model_calls"]))
    assert line["tokens"] == sum(call["tokens"] for call in page["model_calls"])
    assert page["alerts"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--by", "week"), "--by: 'week' is none of day, domain, tenant, model, state, role"),
        (("--since", "soon"), "--since: 'soon' is no time; give 30m, 24h, 7d, 2w, or a day"),
        (("support", "--suggest-budget"), "support: too few finished runs to suggest a budget (1, and 20 are needed)"),
        (("--suggest-budget",), "too few finished runs"),
        (("nobody", "--suggest-budget"), "unknown domain 'nobody'"),
    ],
)
def test_costs_refuse_in_one_line(typed: Type, words: tuple[str, ...], told: str) -> None:
    """What cannot be told is refused with what can be given, exit 2."""
    assert typed("run", "support", "job.json").code == 0
    said = typed("costs", *words)
    assert said.code == 2
    assert told in said.complaint


def test_a_run_that_used_up_its_budget_goes_on_with_a_new_one(typed: Type) -> None:
    """`resume` says what to give, refuses what would not help, and with enough the run completes."""
    said = typed("run", "support", "job.json", "--budget", "calls=2", "--json")
    assert said.code == 0
    assert json.loads(said.out)["outcome"]["cause"] == "simplified"
    assert "alert budget_breaker: used 1 of 2 model calls (50%)" in said.err
    run = json.loads(said.out)["job"]["run_id"]
    told = typed("resume", run, "--budget", "calls=9")
    assert (told.code, "there is nothing to resume" in told.complaint) == (2, True)
