"""What a check found: every fault with its place, and what was checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hutong.catalogue import Lang
from hutong.errors import HutongError, Sentences, sentences

Kind = Literal["log", "proof", "export", "unknown"]
Progress = Callable[[int, int], None]
"""Told now and then how many entries are checked, and how many there are."""


@dataclass(frozen=True)
class Fault:
    """One thing that does not verify: its code (HT-…), the file (relative to what is checked), its numbers."""

    code: str
    where: str
    params: tuple[tuple[str, str], ...] = ()

    def sentences(self, lang: Lang | None = None) -> Sentences:
        """What, why and next in ``lang``."""
        return sentences(self.code, dict(self.params), lang)

    def as_dict(self, lang: Lang | None = None) -> dict[str, Any]:
        """For machines: code, where, params and the three sentences."""
        said = self.sentences(lang)
        words = {"what": said.what, "why": said.why, "next": said.next}
        return {"code": self.code, "where": self.where, "params": dict(self.params), **words}


class Findings:
    """Collects faults in the order in which they are found; the same fault at the same place counts once."""

    def __init__(self) -> None:
        self._faults: dict[Fault, None] = {}

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, where: str, code: str, **params: Any) -> None:
        """Note a fault at ``where``; ``file`` in its sentences is that place."""
        shown = {"file": where, **params}
        fault = Fault(code, printable(where), tuple((key, printable(str(value))) for key, value in shown.items()))
        self._faults[fault] = None

    def caught(self, where: str, error: HutongError) -> None:
        """Note what a stricter function refused."""
        self.add(where, error.code, **error.params)


@dataclass
class Report:
    """The outcome of one check. ``ok`` is the verdict; the rest says what it is about."""

    path: Path
    kind: Kind
    policy: Path | None = None
    policy_given: bool = False
    """Whether the caller named the policy; if not, it came with the material and is worth no more than that."""
    origin: str = ""
    size: int = 0
    root: bytes = b""
    index: int | None = None
    entries: int = 0
    """Entries whose content was checked."""
    statements: int = 0
    """Statements that were compared with their entries."""
    cosigned: dict[str, int] = field(default_factory=dict)
    """Witnesses that stand behind the checkpoint, with their POSIX times."""
    unknown: tuple[str, ...] = ()
    """Names of signatures that the policy does not know; ignored."""
    unpublished: tuple[str, ...] = ()
    """Files of a log folder beyond its checkpoint; not proven, and no fault of a log that is being published."""
    faults: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything verifies."""
        return not self.faults

    def as_dict(self, lang: Lang | None = None) -> dict[str, Any]:
        """For machines; ``root`` in hex, times in POSIX seconds."""
        return {
            "ok": self.ok,
            "path": printable(str(self.path)),
            "kind": self.kind,
            "policy": printable(str(self.policy)) if self.policy else None,
            "policy_given": self.policy_given,
            "origin": self.origin,
            "size": self.size,
            "root": self.root.hex(),
            "index": self.index,
            "entries": self.entries,
            "statements": self.statements,
            "cosigned": self.cosigned,
            "unknown_signatures": list(self.unknown),
            "unpublished": list(self.unpublished),
            "faults": [fault.as_dict(lang) for fault in self.faults],
        }


def printable(text: str) -> str:
    """``text`` with everything that a terminal or a JSON reader might choke on escaped: names come from strangers."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
