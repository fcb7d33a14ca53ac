"""Where a person's profile stands, unless they say otherwise."""

from __future__ import annotations

import os
from pathlib import Path


def profile_path(given: Path | None) -> Path:
    """The profile's folder: as given, else HUTONG_PROFILE, else ~/.config/hutong/profile."""
    named = given or os.environ.get("HUTONG_PROFILE")
    return Path(named) if named else Path.home() / ".config" / "hutong" / "profile"
