"""The shop over HTTP: the same operations, with a real network between the tools and what they act on.

choice.py      which shop a domain is built over    server.py      the app, and how it tells what went wrong
client.py      the shop as its tools see it         reads.py       routes that change nothing
wire.py        one exchange, bounded                effects.py     routes that do, each with an Idempotency-Key
problems.py    a refusal on the wire                hosting.py     a server for the time of a demo

`python -m surefoot.domains.support.web SHOP.DB` serves until it is stopped. Libraries come with the extra `http`.
"""
