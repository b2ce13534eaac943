"""The README says of the machine what its table says."""

from pathlib import Path

from graph.states import picture, table

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_picture_is_drawn_from_the_table() -> None:
    """The README's diagram is the one that `python -m graph.states` prints."""
    assert f"```mermaid\n{picture()}\n```" in README


def test_the_table_is_the_machine() -> None:
    """The README's table is the one that `python -m graph.states` prints."""
    assert table() in README
