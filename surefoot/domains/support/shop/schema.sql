CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE);
CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    status TEXT NOT NULL CHECK (status IN ('packed', 'shipped', 'delivered', 'cancelled')),
    placed_on TEXT NOT NULL,
    delivered_on TEXT
);
-- Where each order goes, as one line: street with number, postcode, city, country.
CREATE TABLE addresses (order_id TEXT PRIMARY KEY REFERENCES orders (id), address TEXT NOT NULL);
CREATE TABLE items (
    order_id TEXT NOT NULL REFERENCES orders (id),
    sku TEXT NOT NULL,
    title TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    price_cents INTEGER NOT NULL
);
CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE REFERENCES orders (id),
    method TEXT NOT NULL,
    amount_cents INTEGER NOT NULL,
    refunded_cents INTEGER NOT NULL DEFAULT 0 CHECK (refunded_cents BETWEEN 0 AND amount_cents)
);
CREATE TABLE shipments (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    carrier TEXT NOT NULL,
    tracking_number TEXT NOT NULL UNIQUE,
    expected_on TEXT NOT NULL
);
CREATE TABLE events (
    order_id TEXT NOT NULL REFERENCES shipments (order_id),
    happened_on TEXT NOT NULL,
    place TEXT NOT NULL,
    what TEXT NOT NULL
);
CREATE TABLE notes (id INTEGER PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), text TEXT NOT NULL);
CREATE TABLE return_labels (
    order_id TEXT PRIMARY KEY REFERENCES orders (id), label TEXT NOT NULL UNIQUE, valid_until TEXT NOT NULL
);
CREATE TABLE articles (id TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL);
CREATE VIRTUAL TABLE articles_fts USING fts5(
    title, body, content = 'articles', content_rowid = 'rowid', tokenize = 'porter unicode61'
);
CREATE TABLE terms (name TEXT PRIMARY KEY, value NOT NULL);

-- The mail server: a row is a letter that left the house.
CREATE TABLE outbox (id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL);

-- Every effect once, under its idempotency key, with the receipt that a repeated call is given.
CREATE TABLE effects_log (
    key TEXT PRIMARY KEY, operation TEXT NOT NULL, args TEXT NOT NULL, receipt TEXT NOT NULL, at TEXT NOT NULL
);

-- Misbehaviour on demand (see faults.py).
CREATE TABLE faults (operation TEXT NOT NULL, subject TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL);
