"""The hub's configuration: TOML file, overridden by HUTONG_HUB_… variables; every key has a working default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from hutong.settings import FolderSettings

CONFIG_NAME = "hub.toml"


class HubSettings(FolderSettings):
    """All settings; unknown keys are refused. ``home`` is the hub's folder, which everything else stands in."""

    model_config = SettingsConfigDict(env_prefix="HUTONG_HUB_", extra="forbid")
    place, config_name, wrong = "home", CONFIG_NAME, "HT-SYS-08"
    made_once = frozenset(("demo_clock",))

    home: Path
    origin: str = Field(default="hub.hutong.example/log", pattern=r"^[a-z0-9][a-z0-9.-]{1,62}/[a-z0-9-]{1,32}$")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8443, ge=0, le=65535)
    enrolment_port: int = Field(default=8444, ge=0, le=65535)
    tiles_port: int = Field(default=8445, ge=0, le=65535)
    advertise: str = ""
    batch_limit: int = Field(default=500, ge=1, le=5000)
    queue_limit: int = Field(default=20_000, ge=1)
    queue_bytes: int = Field(default=128 << 20, ge=1 << 20)
    refusals_per_minute: int = Field(default=120, ge=1)
    verify_workers: int = Field(default=2, ge=1, le=64)
    tick_seconds: float = Field(default=1.0, gt=0, le=60)
    certificate_days: int = Field(default=30, ge=1, le=365)
    token_hours: int = Field(default=72, ge=1, le=24 * 30)
    demo_clock: bool = False
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")

    @property
    def url(self) -> str:
        """The database's URL; SQLite in the hub's folder unless set."""
        return self.database_url or f"sqlite:///{self.home / 'hub.sqlite'}"

    @property
    def keys(self) -> Path:
        """Folder of the log key and the certificate authority."""
        return self.home / "keys"

    @property
    def log_folder(self) -> Path:
        """Where the publisher writes tiles and checkpoint."""
        return self.home / "log"

    @property
    def attachments(self) -> Path:
        """Where encrypted attachments stand under their address."""
        return self.home / "attachments"


def load(home: Path, **overrides: Any) -> HubSettings:
    """The settings of the hub in ``home``; HT-SYS-08 for one that is unknown or wrong."""
    return HubSettings.read(home=home, **overrides)
