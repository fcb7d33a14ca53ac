"""The node's configuration: ``node.toml`` in its folder, overridden by HUTONG_NODE_… variables.

node.toml    node.sqlite    profile/        in/  done/  failed/  out/
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.settings import FolderSettings

CONFIG_NAME = "node.toml"


def _known_kind(name: str) -> str:
    if name not in kinds():
        raise ValueError(f"no kind is called {name}")
    return name


KindName = Annotated[str, AfterValidator(_known_kind)]
Hex32 = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class Recipient(BaseModel):
    """Where records of one kind go: an agency, if wanted one of its desks or contacts; ``cc`` only informs it."""

    model_config = ConfigDict(extra="forbid")

    agency: str = Field(pattern="^[a-z][a-z0-9-]{1,31}$")
    desk: str = Field(default="", pattern="^([a-z][a-z0-9-]{1,15})?$")
    contact: str = Field(default="", pattern="^(c[0-9a-f]{12})?$")
    cc: bool = False


class NodeSettings(FolderSettings):
    """All settings; unknown keys are refused. ``folder`` is the node's own, which everything else stands in."""

    model_config = SettingsConfigDict(env_prefix="HUTONG_NODE_", extra="forbid")
    place, config_name, wrong = "folder", CONFIG_NAME, "HT-NOD-01"

    folder: Path
    profile: Path = Path("profile")
    """The system's profile; relative to ``folder``."""
    adapter: str = Field(default="", pattern="^([a-z][a-z0-9-]{1,31})?$")
    """The entry point in ``hutong.adapters``; none: nothing is read in, and statements come out as contract JSON."""
    contact: str = Field(pattern="^c[0-9a-f]{12}$")
    """The named contact who answers for what the system says of itself (Delivered)."""
    mandates: list[Hex32] = Field(default_factory=list)
    """Standing mandates under which the system sends; the first that covers kind and source is used."""
    recipients: dict[KindName, list[Recipient]] = Field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    poll_seconds: float = Field(default=2.0, gt=0, le=3600)
    """How often the watched folder and the outbox are looked at without being told."""
    watch_seconds: float = Field(default=60.0, gt=0, le=3600)
    """How often directory, checkpoint and certificate are looked at."""
    known_keys: list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] = Field(default_factory=list)
    """Key ids of the own agency that were made elsewhere on purpose (see ``hutong adapter confirm``)."""
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")

    @property
    def profile_folder(self) -> Path:
        """The profile's folder."""
        return self.folder / self.profile

    @property
    def database(self) -> Path:
        """The node's memory."""
        return self.folder / "node.sqlite"


def load(folder: Path, **overrides: Any) -> NodeSettings:
    """The settings of the node in ``folder``. HT-NOD-02: there is none; HT-NOD-01: they are wrong."""
    if not (folder / CONFIG_NAME).is_file():
        raise HutongError("HT-NOD-02", folder=folder.name)
    return NodeSettings.read(folder=folder.resolve(), **overrides)
