"""Every knob in one place. Each can be set in the environment with the prefix SUREFOOT_."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Headers = Annotated[dict[str, str], NoDecode]


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

    model_large: str = Field(default="", description="the model that plans, works and reviews")
    model_small: str = Field(default="", description="the model that reads, summarizes and answers")
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
    model_window: int = Field(default=32_000, gt=0, description="tokens of the planning model's context window")

    @field_validator("openai_base_url", "large_base_url", "small_base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("give a URL such as https://api.openai.com/v1")
        return value.rstrip("/")

    @field_validator("model_headers", "large_headers", "small_headers", mode="before")
    @classmethod
    def _object(cls, value: object) -> object:
        try:
            return json.loads(value or "{}") if isinstance(value, str) else value
        except json.JSONDecodeError as error:
            raise ValueError('give a JSON object such as {"X-Team": "support"}') from error

    @field_validator("redact", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    def data_folder(self, domain: str) -> Path:
        """Where a domain keeps files of its own: beside the database, so that both move together."""
        return self.db.parent / f"{self.db.stem}-data" / domain.replace(":", ".")
