"""Every knob in one place. Each can be set in the environment with the prefix SUREFOOT_."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one process; command-line options win over the environment."""

    model_config = SettingsConfigDict(env_prefix="SUREFOOT_", extra="ignore")

    db: Path = Field(default=Path("surefoot.db"), description="the one SQLite file of runs, checkpoints and records")
    lease_seconds: float = Field(default=30.0, gt=0, description="how long a dead process keeps others from its runs")
    busy_seconds: float = Field(default=5.0, gt=0, description="how long to wait for a locked database")
    most_supersteps: int = Field(default=400, gt=0, description="supersteps one invocation may take")

    def data_folder(self, domain: str) -> Path:
        """Where a domain keeps files of its own: beside the database, so that both move together."""
        return self.db.parent / f"{self.db.stem}-data" / domain.replace(":", ".")
