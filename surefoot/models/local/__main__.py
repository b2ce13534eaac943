"""The model's server as a process of its own, on loopback: `python -m surefoot.models.local --port 8091`.

What to set in the shell that runs Surefoot is on stdout, once the server can be called.
"""

import argparse
import sys
import threading
from contextlib import suppress

from graph.errors import BadRequest
from surefoot.models.local.server import NAME, serve
from surefoot.models.local.weights import weights

ANSWER_TOKENS = 700
"""A plan of five tasks has 500; what is longer repeats itself."""


def main() -> None:
    """Serve until a signal, or until stdin ends where `--until-eof` says so."""
    given = _arguments()
    try:
        server, url = serve(weights(), port=given.port, context=given.context, threads=given.threads)
    except BadRequest as error:
        sys.exit(f"surefoot: {error}")
    except RuntimeError as error:
        sys.exit(f"surefoot: the model cannot be served on port {given.port} ({error}); give another --port")
    sys.stdout.write(_settings(url, given.context))
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):  # Ctrl-C is how it ends
        _wait(until_eof=given.until_eof)
    del server


def _settings(url: str, context: int) -> str:
    chosen = {"OPENAI_BASE_URL": url, "SUREFOOT_MODEL_LARGE": NAME, "SUREFOOT_MODEL_WINDOW": context,
              "SUREFOOT_MODEL_ANSWER_TOKENS": ANSWER_TOKENS}  # fmt: skip
    return "".join(f"export {name}={value}\n" for name, value in chosen.items())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m surefoot.models.local", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one where none is given")
    parser.add_argument("--context", type=int, default=8_192, help="tokens; the model was made for 8192")
    parser.add_argument("--threads", type=int, default=2, help="of the processor")
    parser.add_argument("--until-eof", action="store_true", help="end with whoever holds the other end of stdin")
    return parser.parse_args()


def _wait(*, until_eof: bool) -> None:
    """A parent that is killed closes its end of the pipe, and cannot do more."""
    if until_eof:
        sys.stdin.buffer.read()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    main()
