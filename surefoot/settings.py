"""Every knob in one place. Each can be set in the environment with the prefix SUREFOOT_."""

import json
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from graph.contract import MOST_CALLS, MOST_SECONDS, MOST_TOKENS, MOST_USD, Budget, Ceiling
from graph.values import Frozen
from surefoot.models.ceilings import Ceilings
from surefoot.models.pricelist import Price, prices_of
from surefoot.models.tiers import checked

Headers = Annotated[dict[str, str], NoDecode]
EXAMPLES: Final = {
    "model_headers": '{"X-Team": "support"}',
    "large_headers": '{"X-Team": "support"}',
    "small_headers": '{"X-Team": "support"}',
    "models": '{"huge": "gpt-5.5-pro,gpt-5"}',
    "tiers": '{"repair": "large"}',
    "endpoints": '{"other": {"base_url": "http://host/v1", "api_key": "..."}}',
    "day_tenants": '{"acme": {"usd": 20}}',
}
"""Settings that are JSON objects, and what to write where one is none."""


class Place(Frozen):
    """A further endpoint."""

    base_url: str = Field(pattern="^https?://", description="such as http://host/v1")
    api_key: SecretStr | None = None
    api_version: str = ""
    headers: dict[str, str] = Field(default_factory=dict)


class Settings(BaseSettings):
    """Settings of one process; command-line options win over the environment."""

    model_config = SettingsConfigDict(env_prefix="SUREFOOT_", extra="ignore", populate_by_name=True)

    db: Path = Field(default=Path("surefoot.db"), description="the one SQLite file of runs, checkpoints and records")
    lease_seconds: float = Field(default=30.0, gt=0, description="how long a dead process keeps others from its runs")
    busy_seconds: float = Field(default=5.0, gt=0, description="how long to wait for a locked database")
    most_supersteps: int = Field(default=400, gt=0, description="supersteps one invocation may take")

    trace_payloads: bool = Field(default=True, description="whether traces carry inputs and outputs, redacted")
    redact: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="further field names that never leave in a trace, with commas between them"
    )

    model_large: str = Field(default="", description="the model that plans, works and reviews; others after commas")
    model_small: str = Field(default="", description="the model that reads, summarizes and answers; likewise")
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias="OPENAI_API_KEY", description="the key of both tiers"
    )
    openai_base_url: str = Field(
        default="", validation_alias="OPENAI_BASE_URL", description="the endpoint of both tiers, such as http://host/v1"
    )
    openai_api_version: str = Field(
        default="", validation_alias="OPENAI_API_VERSION", description="Azure's API version; makes the endpoint Azure's"
    )
    model_headers: Headers = Field(default_factory=dict, description="further headers of both tiers, a JSON object")
    large_base_url: str = ""
    large_api_key: SecretStr | None = None
    large_api_version: str = ""
    large_headers: Headers = Field(default_factory=dict)
    small_base_url: str = ""
    small_api_key: SecretStr | None = None
    small_api_version: str = ""
    small_headers: Headers = Field(default_factory=dict)
    model_connect_seconds: float = Field(default=5.0, gt=0, description="how long an endpoint may take to be reached")
    model_idle_seconds: float = Field(default=60.0, gt=0, description="how long one try may be silent")
    model_call_seconds: float = Field(default=110.0, gt=0, description="how long a call may take, all tries together")
    model_answer_tokens: int = Field(default=1_500, gt=0, description="tokens that one answer may take")
    model_window: int = Field(
        default=32_000, gt=0, description="tokens of context that a plan may take; less where the model has less"
    )

    models: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict, description="further tiers and their models, a JSON object"
    )
    tiers: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict, description="the tier of a role where it is not our own, a JSON object"
    )
    endpoints: Annotated[dict[str, Place], NoDecode] = Field(
        default_factory=dict, description="further endpoints that a model is asked at as MODEL@NAME, a JSON object"
    )
    prices: Annotated[dict[str, Price], NoDecode] = Field(
        default_factory=dict, description="prices of models in USD a million tokens, a JSON object or a file"
    )
    model_breaker_faults: int = Field(default=5, gt=0, description="failed calls in a row that leave a model alone")
    model_breaker_seconds: float = Field(default=30.0, gt=0, description="for how long")

    budget_tokens: int | None = Field(default=None, gt=0, le=MOST_TOKENS, description="most tokens of any run")
    budget_usd: float | None = Field(default=None, gt=0, le=MOST_USD, allow_inf_nan=False)
    budget_seconds: float | None = Field(default=None, gt=0, le=MOST_SECONDS, allow_inf_nan=False)
    budget_calls: int | None = Field(default=None, gt=0, le=MOST_CALLS)
    budget_alert_at: float = Field(default=1.0, gt=0, le=1, description="the latest share at which a breaker trips")
    day_domain_tokens: int | None = Field(
        default=None, gt=0, le=MOST_TOKENS, description="most tokens of a domain a day"
    )
    day_domain_usd: float | None = Field(default=None, gt=0, le=MOST_USD, allow_inf_nan=False)
    day_tenant_tokens: int | None = Field(
        default=None, gt=0, le=MOST_TOKENS, description="most tokens of a tenant a day"
    )
    day_tenant_usd: float | None = Field(default=None, gt=0, le=MOST_USD, allow_inf_nan=False)
    day_tenants: Annotated[dict[str, Ceiling], NoDecode] = Field(
        default_factory=dict, description='tenants with a ceiling of their own, such as {"acme": {"usd": 20}}'
    )

    @field_validator("openai_base_url", "large_base_url", "small_base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("give a URL such as https://api.openai.com/v1")
        return value.rstrip("/")

    @field_validator(*EXAMPLES, mode="before")
    @classmethod
    def _object(cls, value: object, info: ValidationInfo) -> object:
        try:
            return json.loads(value or "{}") if isinstance(value, str) else value
        except json.JSONDecodeError as error:
            raise ValueError(f"give a JSON object such as {EXAMPLES[str(info.field_name)]}") from error

    @field_validator("prices", mode="before")
    @classmethod
    def _prices(cls, value: object) -> object:
        return prices_of(value)

    @field_validator("tiers")
    @classmethod
    def _have_models(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        checked(value, frozenset({"large", "small", *info.data.get("models", {})}))
        return value

    @field_validator("redact", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @property
    def budget(self) -> Budget:
        """This process's own limits of any run."""
        return Budget(
            tokens=self.budget_tokens,
            usd=self.budget_usd,
            seconds=self.budget_seconds,
            calls=self.budget_calls,
            alert_at=self.budget_alert_at,
        )

    @property
    def ceilings(self) -> Ceilings:
        """The ceilings of a day."""
        return Ceilings(
            domain=Ceiling(tokens=self.day_domain_tokens, usd=self.day_domain_usd),
            tenant=Ceiling(tokens=self.day_tenant_tokens, usd=self.day_tenant_usd),
            tenants=self.day_tenants,
        )

    def data_folder(self, domain: str) -> Path:
        """Where a domain keeps files of its own: beside the database, so that both move together."""
        return self.db.parent / f"{self.db.stem}-data" / domain.replace(":", ".")


def first_fault(error: ValidationError) -> str:
    """What is wrong with the settings, in one line that begins with the name to mend in the environment."""
    fault = error.errors(include_url=False)[0]
    name, *rest = map(str, fault["loc"])
    where = ".".join([name if name.isupper() else f"SUREFOOT_{name.upper()}", *rest])
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}"
