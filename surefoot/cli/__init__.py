"""The command line: data goes to stdout, talk to stderr, and an error is one clear line."""

import sys

import typer
from pydantic import ValidationError

from graph.errors import SurefootError
from surefoot.cli import costs, demo, doctor, domains, newdomain, people, prune, run, runs, workers
from surefoot.cli import eval as evaluation
from surefoot.cli.common import fail
from surefoot.settings import first_fault

app = typer.Typer(
    name="surefoot",
    help="A production agent: explicit states, hardened tools, bounded spend, resume at the state that failed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (demo, evaluation, run, runs, costs, people, prune, domains, workers, newdomain, doctor):
    module.register(app)


def main() -> None:
    """Run the command line; what Surefoot raises on purpose becomes one line and a non-zero exit."""
    try:
        sys.exit(app(standalone_mode=False))
    except SurefootError as error:
        sys.exit(fail(str(error)))
    except ValidationError as error:
        sys.exit(fail(first_fault(error)))
    except Exception as error:
        if (told := usage(error)) is None:
            raise
        sys.exit(fail(told))


def usage(error: Exception) -> str | None:
    """What Typer says of a command line that it cannot read, in one line; its exception class is private to it."""
    told = getattr(error, "format_message", None)
    return f"{told().rstrip('.')}; see surefoot --help" if callable(told) else None


if __name__ == "__main__":
    main()
