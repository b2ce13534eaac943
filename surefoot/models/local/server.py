"""An OpenAI-compatible server over one GGUF file, in this process and on loopback."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any, Final

NAME: Final = "smollm2"
"""What the model is called in requests; the server answers to any name."""
HOST: Final = "127.0.0.1"
LOOPS: Final = (0.8, 4, 64)
"""How hard, from how many tokens on and how far back repetitions are held down: this model falls into loops."""
QUIET: Final = -1
"""Not even the library's own warnings are printed."""


def serve(weights: Path, *, port: int = 0, context: int = 8_192, threads: int = 2) -> tuple[Any, str]:
    """Start it, with one conversation at a time and the likeliest word always: the server, and its base URL.

    It serves until the process ends. `context` is in tokens. Raises `RuntimeError` where the port is taken.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # or idle threads spin, and starve whoever else computes
    library = import_module("xllamacpp")
    given = library.CommonParams()
    given.model.path, given.model_alias = str(weights), [NAME]
    given.hostnames, given.port = [HOST], port
    given.n_ctx, given.n_parallel = context, 1
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = threads
    sampling = given.sampling
    sampling.temp = 0.0
    sampling.dry_multiplier, sampling.dry_allowed_length, sampling.dry_penalty_last_n = LOOPS
    given.verbosity = QUIET
    server = library.Server(given)
    return server, f"{server.listening_address}/v1"
