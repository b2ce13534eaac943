"""Help articles and the search over them, within an open connection."""

import re
import sqlite3

from surefoot.domains.support.shop import queries
from surefoot.domains.support.shop.errors import Refusal
from surefoot.domains.support.shop.queries import Row

MOST_WORDS = 40
"""Of a query; a long letter is searched by its first words."""
EXCERPT_WORDS = 60

SEARCH = f"""
SELECT a.id, a.title, snippet(articles_fts, 1, '', '', ' ... ', {EXCERPT_WORDS}) AS excerpt
FROM articles_fts JOIN articles a ON a.rowid = articles_fts.rowid
WHERE articles_fts MATCH ? ORDER BY bm25(articles_fts, 4.0, 1.0), a.id LIMIT ?
"""  # noqa: S608 the number is ours
"""A word of the title weighs as much as four of the body."""


def search(db: sqlite3.Connection, query: str, limit: int) -> list[Row]:
    """`{id, title, excerpt}` of articles with any word of the query, best first; nothing for a query without words."""
    words = list(dict.fromkeys(re.findall(r"\w+", query.lower())))[:MOST_WORDS]
    if not words:
        return []
    matching = " OR ".join(f'"{word}"' for word in words)  # quoted: a customer's AND or * is no operator
    return [dict(row) for row in db.execute(SEARCH, (matching, limit))]


def get(db: sqlite3.Connection, article_id: str) -> Row:
    """`{id, title, body}`. Raises `Refusal` where there is none."""
    found = queries.one(db, "SELECT id, title, body FROM articles WHERE id = ?", article_id)
    if found is None:
        raise Refusal("not_found", f"there is no article {article_id}", "search for it")
    return found
