"""The hub's configuration: TOML file, overridden by HUTONG_HUB_… variables; every key has a working default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from hub.notices.mailbox import Tls
from hutong.identifiers.addresses import is_mailbox
from hutong.settings import FolderSettings
from hutong.tls.names import is_loopback

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
    watch_seconds: float = Field(default=60.0, ge=0, le=86_400)
    """How often the hub's own checker looks whether the log has gone on; 0: no checker, and no scorecards."""
    certificate_days: int = Field(default=30, ge=1, le=365)
    token_hours: int = Field(default=72, ge=1, le=24 * 30)
    demo_clock: bool = False
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    mail_host: str = ""
    """The server that notices are mailed through; empty: none are."""
    mail_port: int = Field(default=587, ge=1, le=65535)
    mail_tls: Tls = Field(default="starttls", validate_default=True)
    mail_user: str = ""
    mail_password_file: Path | None = Field(default=None, validate_default=True)
    mail_from: str = Field(default="", validate_default=True)
    webhook_hosts: tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*(:[1-9][0-9]{0,4})?$")], ...] = ()
    """Where webhooks may be called: host (port 443) or host:port."""
    notices_days: int = Field(default=90, ge=1, le=3650)
    """How long after the last try a notice is kept; one that has failed at least until its agency has looked at it."""
    notices_ca_file: Path | None = None
    """Who certifies the mail server and the webhooks; the system's authorities unless set."""

    @field_validator("mail_from")
    @classmethod
    def _a_sender(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("mail_host") and not is_mailbox(value):
            raise ValueError("with mail_host, a mailbox: name@domain in ASCII")
        return value

    @field_validator("mail_password_file")
    @classmethod
    def _with_its_user(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if bool(info.data.get("mail_user")) != bool(value):
            raise ValueError("set together with mail_user")
        return value

    @field_validator("mail_tls")
    @classmethod
    def _not_in_the_clear(cls, value: Tls, info: ValidationInfo) -> Tls:
        """Addresses and the password do not cross a network in the clear."""
        if value == "none" and not is_loopback(f"{info.data.get('mail_host')}:25"):
            raise ValueError("none only where mail_host is a loopback address")
        return value

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
