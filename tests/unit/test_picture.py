"""The pictures of the compiled graph say what the compiled graph is."""

from pathlib import Path

import pytest

from graph.labels import LABELS
from graph.states import END, ROWS, TERMINAL, NodeName
from surefoot.picture import ASIDE, drawn

ROOT = Path(__file__).parents[2]
CONDITIONAL = sorted(set(ROWS) - set(TERMINAL) - {"worker"})


def test_the_readmes_picture_is_the_graph() -> None:
    """The README's flowchart is the one that `python -m surefoot.picture` prints."""
    assert f"```mermaid\n{drawn()}\n```" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_whole_picture_is_the_graph() -> None:
    """`docs/graph.mmd` is what `python -m surefoot.picture --whole` prints."""
    assert (ROOT / "docs" / "graph.mmd").read_text(encoding="utf-8") == f"{drawn(())}\n"


def test_the_whole_picture_has_every_edge() -> None:
    """Each edge of the table is drawn with its label, and the README leaves out only what it says it does."""
    lines, few = drawn(()), drawn()
    for source, labels in LABELS.items():
        for target, label in labels.items():
            line = f"\t{source} -. &nbsp;{label}&nbsp; .-> {target};"
            assert line in lines
            aside = {source, target} & ASIDE or (source, target) == ("executing", END)
            assert (line in few) is not bool(aside)


@pytest.mark.parametrize("node", CONDITIONAL)
def test_every_edge_has_a_label_of_its_own(node: NodeName) -> None:
    """A label stands for one edge of its node: LangGraph finds the edge by it."""
    assert set(LABELS[node]) == set(ROWS[node].may_go_to)
    assert len(set(LABELS[node].values())) == len(LABELS[node])
