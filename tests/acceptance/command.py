"""The real command line in processes of its own, in a folder of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from house import ROOT
from surefoot.domains.support.cases import load_cases
from surefoot.domains.support.draw import about
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.operations import Shop

CASES: Final = {case.id: case for case in load_cases()}


FOREIGN: Final = ("SUREFOOT_", "OPENAI_", "LANGSMITH_", "LANGCHAIN_")
"""Settings of the machine's own, by how their names begin."""


def customer(case: str) -> str:
    """Who wrote a bundled ticket."""
    return str(CASES[case].request["customer_email"])


def cents(case: str) -> int:
    """What was paid for the order that a bundled ticket is about."""
    paid: int = about(str(CASES[case].order_id)).order["payment"]["amount_cents"]
    return paid


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What `--json` printed: one document and nothing else."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on stderr of a command that refuses. Fails where there is more, less, or a traceback."""
        assert "Traceback" not in self.err, self.err
        lines = [line for line in self.err.splitlines() if not line.startswith("model: ")]
        assert len(lines) == 1, self.err
        assert lines[0].startswith("surefoot: "), self.err
        return lines[0]


@dataclass(frozen=True)
class Command:
    """`python -m surefoot` in `folder`."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    """What the command is run through."""

    def __call__(self, *words: str | Path, given: str = "") -> Said:
        """Run it to its end, `given` on stdin."""
        done = subprocess.run(
            self.line(*words),
            cwd=self.folder, env=self.env, input=given, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str | Path) -> "subprocess.Popen[str]":
        """Start it and do not wait."""
        return subprocess.Popen(
            self.line(*words), cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def line(self, *words: str | Path) -> list[str]:
        """The whole command line."""
        return [*self.prefix, sys.executable, "-m", "surefoot", *map(str, words)]

    @property
    def env(self) -> dict[str, str]:
        """No setting of the machine's own reaches it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **self.environment}

    @property
    def shop(self) -> Shop:
        """The support domain's shop, beside the default database."""
        return open_shop(self.folder / "surefoot-data" / "support" / "shop.db")

    def request(self, case: str) -> Path:
        """A bundled ticket as a file."""
        path = self.folder / f"{case}.json"
        path.write_text(json.dumps(CASES[case].request), encoding="utf-8")
        return path
