"""The shop's server as a process of its own, on loopback: `python -m surefoot.domains.support.web SHOP.DB --port 8765`.

Its address is the one line on stdout, once it can be called. Point the agent at it with SUREFOOT_SHOP_URL.
"""

import argparse
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import uvicorn

from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.web.server import HOST, app_over

LAST_WORDS_SECONDS = 2
"""For requests that are under way when the server is asked to end."""


def main() -> None:
    """Serve until a signal, or until stdin ends where `--until-eof` says so."""
    given = _arguments()
    app = app_over(open_shop(given.shop))
    try:
        listening = socket.create_server((HOST, given.port))
    except OSError as error:
        sys.exit(f"surefoot shop: port {given.port}: {error.strerror}; give another --port")
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=LAST_WORDS_SECONDS)
    )
    if given.until_eof:
        threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
    with listening, suppress(KeyboardInterrupt):  # Ctrl-C is how it ends
        sys.stdout.write(f"http://{HOST}:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        server.run(sockets=[listening])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m surefoot.domains.support.web", description=__doc__)
    parser.add_argument("shop", type=Path, help="the shop's SQLite file, made where it is missing")
    parser.add_argument("--port", type=int, default=0, help="a free one where none is given")
    parser.add_argument("--until-eof", action="store_true", help="end with whoever holds the other end of stdin")
    return parser.parse_args()


def _end_with_stdin(server: uvicorn.Server) -> None:
    """A parent that is killed closes its end of the pipe, and cannot do more."""
    sys.stdin.buffer.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
