"""``config.toml`` of a profile: which log, where, and who."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from typing import Any

from hutong.errors import HutongError
from hutong.tls.names import check_address, check_origin
from hutong.tls.spiffe import Subject


@dataclass(frozen=True, slots=True)
class Config:
    """A client's fixed points. HT-TLS-05/07 for values that cannot be."""

    origin: str
    """The log, for example "hutong.example/log"."""
    address: str
    """host:port of the hub."""
    subject: str
    """SPIFFE id; its hub is the host part of ``origin``."""
    enrol_address: str = ""
    """host:port of the hub's enrolment service, where known."""
    node_address: str = ""
    """host:port of the agency's own node, where officers get opened bodies."""

    def __post_init__(self) -> None:
        check_origin(self.origin)
        check_address(self.address)
        for address in filter(None, (self.enrol_address, self.node_address)):
            check_address(address)
        if Subject.parse(self.subject).hub != self.origin.partition("/")[0]:
            raise HutongError("HT-TLS-05")

    def to_toml(self) -> str:
        """One ``key = "value"`` a line; the values' alphabet needs no escapes beyond JSON's."""
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in asdict(self).items())

    @classmethod
    def from_toml(cls, text: bytes) -> Config:
        """Strictly: HT-TLS-06 for anything but these keys."""
        try:
            values: dict[str, Any] = tomllib.loads(text.decode())
            if not all(isinstance(value, str) for value in values.values()):
                raise HutongError("HT-TLS-06", file="config.toml")
            return cls(**values)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
            raise HutongError("HT-TLS-06", file="config.toml") from error
