"""The shop's SQLite file: made once from the committed data, opened anew for every operation."""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DATA = Path(__file__).parent.parent / "data"
SCHEMA = Path(__file__).parent / "schema.sql"
LOCK_WAIT_SECONDS = 10.0


def ensure(path: Path) -> None:
    """Make the database unless it is there; whoever comes second, process or thread, finds a whole one."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=".shop-") as scratch:
        made = Path(scratch) / path.name
        _fill(made)
        try:
            os.link(made, path)  # unlike a rename, never replaces what another process already uses
        except FileExistsError:
            return


@contextmanager
def connect(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one operation, so that any thread and any process may call."""
    with closing(sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        yield db


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection inside one write transaction: all of the block happens, or none of it."""
    with connect(path) as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def rows(name: str) -> list[dict[str, Any]]:
    """The committed rows of `customers`, `addresses`, `orders`, `payments`, `shipments` or `articles`."""
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def terms() -> dict[str, Any]:
    """The committed terms: the shop's date, windows in days, money in cents."""
    loaded: dict[str, Any] = json.loads((DATA / "terms.json").read_text(encoding="utf-8"))
    return loaded


def _fill(path: Path) -> None:
    with connect(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA.read_text(encoding="utf-8"))
    with writing(path) as db:
        _put(db, "terms", ({"name": name, "value": value} for name, value in terms().items()))
        _put(db, "customers", rows("customers"))
        _fill_orders(db, rows("orders"), {row["customer_id"]: row["address"] for row in rows("addresses")})
        _put(db, "payments", rows("payments"))
        _fill_parcels(db, rows("shipments"))
        _put(db, "articles", rows("articles"))
        db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')")


def _fill_orders(db: sqlite3.Connection, orders: list[dict[str, Any]], homes: dict[str, str]) -> None:
    """Orders with their items, each on its way to where its customer lives."""
    _put(db, "orders", (_without(order, "items") for order in orders))
    _put(db, "items", ({"order_id": order["id"], **item} for order in orders for item in order["items"]))
    _put(db, "addresses", ({"order_id": order["id"], "address": homes[order["customer_id"]]} for order in orders))


def _fill_parcels(db: sqlite3.Connection, parcels: list[dict[str, Any]]) -> None:
    _put(db, "shipments", (_without(parcel, "events") for parcel in parcels))
    _put(db, "events", (_event(parcel["order_id"], seen) for parcel in parcels for seen in parcel["events"]))


def _put(db: sqlite3.Connection, table: str, records: Iterable[dict[str, Any]]) -> None:
    """Rows of one shape."""
    given = list(records)
    names, marks = ", ".join(given[0]), ", ".join(f":{name}" for name in given[0])
    db.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", given)  # noqa: S608 names from our own files


def _without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}


def _event(order_id: str, seen: dict[str, Any]) -> dict[str, Any]:
    return {"order_id": order_id, "happened_on": seen["on"], "place": seen["place"], "what": seen["what"]}
