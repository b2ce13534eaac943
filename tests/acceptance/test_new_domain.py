"""A newcomer types what the page says, as it says it, and ends with a case of their own that passes."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.command import Command
from house import ROOT

PAGE = (ROOT / "docs" / "your-first-domain.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@dataclass
class Typed:
    """A command of the page, and the lines that the page shows after it."""

    command: str
    shown: list[str] = field(default_factory=list)


def typed(page: str) -> Iterator[Typed]:
    """Every command of the page's console blocks: `$ ` begins one, `> ` continues it, the rest is what it prints."""
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        found: list[Typed] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Typed(line[2:]))
            elif line.startswith("> "):
                found[-1].command += "\n" + line[2:]
            else:
                found[-1].shown.append(line)
        yield from found


@dataclass(frozen=True)
class Shell:
    """A folder with `surefoot` and `python` on the path, as after an installation."""

    folder: Path
    bin: Path

    def type(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Type a command; stdout and stderr come together, as on a terminal."""
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.env, text=True, timeout=60, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    @property
    def env(self) -> dict[str, str]:
        """No setting of the machine's own reaches it."""
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        return {**Command(self.folder).env, "PATH": path}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty folder; `surefoot` is a script elsewhere, so that the folder is not on Python's path by itself."""
    folders = [tmp_path / "work", tmp_path / "bin"]
    for folder in folders:
        folder.mkdir()
    python = shlex.quote(sys.executable)
    for name, text in (
        ("python", f'#!/bin/sh\nexec {python} "$@"\n'),
        ("surefoot", f"#!{sys.executable}\nfrom surefoot.cli import main\n\nmain()\n"),
    ):
        (folders[1] / name).write_text(text, encoding="utf-8")
        (folders[1] / name).chmod(0o755)
    return Shell(*folders)


@pytest.mark.slow
def test_the_page_is_true(shell: Shell) -> None:
    """Each command is typed as it stands and prints what the page shows; an own case passes within ten commands."""
    commands = list(typed(PAGE))
    own = next(number for number, step in enumerate(commands, start=1) if "1 passed" in " ".join(step.shown))
    assert own < 10
    assert commands[0].command.startswith("surefoot new-domain")
    for step in commands:
        done = shell.type(step.command)
        for line in step.shown:
            assert line in done.stdout, f"{step.command}\n{done.stdout}"
        assert (done.returncode == 0) == ("1 failed" not in step.shown), f"{step.command}\n{done.stdout}"
        assert "Traceback" not in done.stdout
        assert "_THINK" not in done.stdout  # a model worker's own step is no state


def test_the_readmes_domain_runs(shell: Shell) -> None:
    """The README's domain of under 80 lines, written to a file, takes a job to its end: greeted once, as written."""
    (source,) = re.findall(r"<!-- hello.py -->\n```python\n(.*?)```", README, re.DOTALL)
    assert len(source.splitlines()) < 80
    (shell.folder / "hello.py").write_text(source, encoding="utf-8")
    (command,) = (step.command for step in typed(README) if "hello:domain" in step.command)
    done = shell.type(command)
    assert done.returncode == 0, done.stdout
    assert "reply: Hello, Ada!" in done.stdout
    assert [path.read_text() for path in (shell.folder / "surefoot-data" / "hello.domain").iterdir()] == ["Hello, Ada!"]


def test_a_stranger_under_our_name_is_named(tmp_path: Path) -> None:
    """Started beside somebody else's `tools`, Surefoot names it, rather than missing some module of its own."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").touch()
    said = Command(tmp_path)("domains")
    assert said.code == 1
    assert said.err.splitlines()[-1].startswith(f"ImportError: 'tools' means {tmp_path / 'tools'} here")


def test_a_broken_domain_is_one_line(shell: Shell) -> None:
    """A module that raises is told by type, message and line, by `run` in one line and by `doctor` with exit 1."""
    (shell.folder / "broken.py").write_text("from pathlib import Path\n\nPath(7)\n", encoding="utf-8")
    (shell.folder / "job.json").write_text("{}", encoding="utf-8")
    said = shell.type("surefoot run broken:domain job.json")
    lines = [line for line in said.stdout.splitlines() if not line.startswith("model: ")]
    assert said.returncode == 2
    assert len(lines) == 1
    assert lines[0].startswith("surefoot: domain broken:domain: importing broken raised TypeError: ")
    assert lines[0].endswith("(broken.py:3); mend that line")
    looked = shell.type("surefoot doctor --domain broken:domain")
    assert looked.returncode == 1
    assert "broken.py:3" in looked.stdout


def test_the_catalog_is_for_machines_too(tmp_path: Path) -> None:
    """`surefoot workers` has each worker with its schemas, and each tool with what it may do, as one document."""
    said = Command(tmp_path)("workers", "support", "--json")
    assert said.code == 0, said.err
    workers = {worker["name"]: worker for worker in said.data["workers"]}
    tools = {tool["name"]: tool for tool in said.data["tools"]}
    assert workers["draft_reply"]["driven_by"] == "code_and_model"
    assert "message" in workers["draft_reply"]["input_schema"]["required"]
    assert "text" in workers["draft_reply"]["output_schema"]["properties"]
    assert workers["issue_refund"]["stage"] == "deliver"
    assert tools["issue_refund"]["gate"] == "reviewed"
    assert tools["issue_refund"]["identity"] == {"fields": ["order_id", "payment_id"], "scope": "run"}
    assert list(tmp_path.iterdir()) == []


def test_a_bad_name_is_one_line(tmp_path: Path) -> None:
    """`new-domain` refuses in one line with exit 2, and writes nothing."""
    refused = Command(tmp_path)("new-domain", "my-desk")
    assert refused.code == 2
    assert "'my-desk' is no name for a Python module" in refused.complaint
    assert list(tmp_path.iterdir()) == []


def test_doctor_is_for_machines_too(tmp_path: Path) -> None:
    """`doctor --json` is one document; a database that cannot be used makes exit 1."""
    surefoot = Command(tmp_path)
    (tmp_path / "mine.db").write_text("no database, but a text of mine", encoding="utf-8")
    said = surefoot("doctor", "--db", "mine.db", "--json")
    assert said.code == 1
    assert said.data["problems"] >= 1
    assert [finding["remedy"] for finding in said.data["findings"] if finding["topic"] == "database"] == [
        "give another path"
    ]
