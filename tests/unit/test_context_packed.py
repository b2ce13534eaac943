import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlite_utils import Database

from checkpoints.records.migrations import MIGRATIONS, migrate
from checkpoints.saver.allowed import ALLOWED, serializer
from checkpoints.saver.packed import DICTIONARY, PACKED
from graph.contract import Transition
from store_kit import header, outcome, step

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)


@given(_json)
def test_whatever_is_packed_comes_back(value: Any) -> None:
    """Any plain value survives, whether it pays to pack it or not."""
    packer = serializer()
    assert packer.loads_typed(packer.dumps_typed(value)) == value


@pytest.mark.parametrize(
    "value", [header(), [step(3, "executing")], outcome(), AIMessage("hi", id="a", name="find"), b"bytes", None]
)
def test_our_own_values_come_back(value: Any) -> None:
    """Contract values and messages survive under their own classes, and take less than LangGraph's bytes."""
    packer, plain = serializer(), JsonPlusSerializer(allowed_msgpack_modules=ALLOWED)
    kind, stored = packer.dumps_typed(value)
    assert packer.loads_typed((kind, stored)) == value
    assert packer.loads_typed(plain.dumps_typed(value)) == value
    assert kind != PACKED or len(stored) < len(plain.dumps_typed(value)[1]) * 0.7


def test_a_transition_is_small() -> None:
    """What each superstep writes takes a third of its plain bytes, so that storage stays within its figure."""
    value = [Transition(sequence=31, source="executing", target="worker", reason="4 dispatched", at=step(1, "x").at)]
    kind, stored = serializer().dumps_typed(value)
    assert kind == PACKED
    assert len(stored) * 3 < len(JsonPlusSerializer().dumps_typed(value)[1])


def test_the_dictionary_is_never_edited() -> None:
    """What is stored under a kind can be read with that kind's dictionary alone."""
    assert (PACKED, hashlib.sha256(DICTIONARY).hexdigest()[:16]) == ("msgpack+1", "6a3ca3f81d8e6932")


def test_writes_move_with_their_rows(tmp_path: Path) -> None:
    """A file from before the writes were kept by their key has the same rows after the migration."""
    row = ("t", "", "c1", "task", "", 0, "messages", "msgpack", b"\x01")
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        older = MIGRATIONS.index(next(each for each in MIGRATIONS if each.__name__ == "_keyed"))
        for number, migration in enumerate(MIGRATIONS[:older], start=1):
            migration(Database(connection))
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("INSERT INTO writes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        migrate(connection)
        assert connection.execute("SELECT * FROM writes").fetchall() == [row]
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("SELECT rowid FROM writes")
