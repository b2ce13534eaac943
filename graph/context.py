"""What a caller may choose for one run. In LangGraph Studio this is the assistant's configuration."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunContext:
    """Choices of the caller; INTAKE freezes them into the state, since context is gone on a resume."""

    domain: str = "support"
    """A bundled domain's name, or `package.module:name` for your own."""
    tenant: str = "default"
    """Whose run this is; every record carries it."""
    run_id: str | None = None
    """Minted by the runner. Where it is missing, INTAKE derives it from thread and checkpoint."""
    budget: dict[str, float | str] = field(default_factory=dict)
    """Fields of `Budget` that are tighter than the domain's."""
    models: dict[str, str] = field(default_factory=dict)
    """Tier to model name, such as `{"large": "gpt-5"}`."""
