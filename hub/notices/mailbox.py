"""The ways to a mail server."""

from __future__ import annotations

from typing import Literal

Tls = Literal["starttls", "tls", "none"]
