"""What a notice says, in words for people and as fields for machines: what the statement's header says, and no more.

No name, no title, nothing of a body, no link. The item appears to people by its last digits only, which is what
``hutong show`` takes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from hutong.catalogue import Lang, say
from hutong.kinds import by_number, kind_of
from hutong.v1 import codes_pb2, header_pb2
from hutong.worktime.calendar import ZONE

_DIGITS = 8


@dataclass(frozen=True)
class Said:
    """A recorded statement of the hub's own with its place in the log, and the kind of its item (a field number).
    Without a header: the ``code`` by which a channel is tested, or the operator's test of one that serves."""

    header: header_pb2.Header | None
    index: int = 0
    item_kind: int = 0
    code: bytes = b""

    @property
    def kind(self) -> str:
        """The kind's name; "channel_test" or "test" without a statement."""
        if self.header is not None:
            return kind_of(self.header).name
        return "channel_test" if self.code else "test"

    @property
    def form(self) -> str:
        """Of a step of a ladder its form ("urge"); empty otherwise."""
        if self.kind != "escalated":
            return ""
        return _short(codes_pb2.EscalationForm.Name(self._facts.form), "ESCALATION_FORM_")

    @property
    def clock(self) -> str:
        """Which clock it is about: "attention", "completion", "forced"; empty where it is about none."""
        if self.kind == "escalated":
            return _short(codes_pb2.LadderTrack.Name(self._facts.track), "LADDER_TRACK_")
        return "attention" if self.kind == "non_response" else ""

    @property
    def due_at(self) -> int:
        """When that was due, milliseconds since 1970 (UTC); 0 where nothing was."""
        return int(self._facts.due_at) if self.clock else 0

    @property
    def agency(self) -> str:
        """The agency whose obligation it is; empty for a test."""
        return str(self._facts.agency) if self.header is not None else ""

    @property
    def _facts(self) -> Any:
        assert self.header is not None  # noqa: S101 - asked only where there is one
        return getattr(self.header, self.kind)

    @property
    def _key(self) -> str:
        return f"{self.kind}.{self.form}" if self.form else self.kind


def subject(said: Said, lang: Lang) -> str:
    """One line for the mail's head."""
    return say("notice.subject", lang, what=_what(said, lang))


def rows(said: Said, lang: Lang) -> list[tuple[str, str]]:
    """What the mail says, label and value, in the order in which it stands."""
    found = {"what": _what(said, lang)}
    if said.header is not None:
        found |= _about(said, said.header, lang)
    found["asked"] = say(f"notice.asked.{said._key}", lang)
    if said.header is not None:
        found["next"] = f"hutong show {_digits(said.header)}"
    elif said.code:
        found["next"] = f"hutong contacts channel confirm {said.code.hex()}"
    return [(say(f"notice.row.{name}", lang), value) for name, value in found.items()]


def foot(lang: Lang) -> str:
    """The last line."""
    return say("notice.foot", lang)


def fields(said: Said, origin: str, cause: bytes, contact: str, made_at: int) -> dict[str, str | int]:
    """What a webhook is told, as JSON values: ids in hex, times in milliseconds since 1970 (UTC)."""
    told: dict[str, str | int] = {
        "version": 1,
        "origin": origin,
        "notice": cause.hex(),
        "kind": said.kind,
        "contact": contact,
        "issued_at": made_at,
        "code": said.code.hex(),
        "form": said.form,
        "clock": said.clock,
        "due_at": said.due_at,
    }
    if said.header is not None:
        told |= {
            "index": said.index,
            "statement": said.header.message_id.hex(),
            "item": said.header.item_id.hex(),
            "item_kind": by_number()[said.item_kind].name,
            "agency": said.agency,
        }
    return {name: value for name, value in told.items() if value not in ("", 0)}


def _short(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()


def _about(said: Said, header: header_pb2.Header, lang: Lang) -> dict[str, str]:
    kind = say(f"code.kind.{by_number()[said.item_kind].name}", lang)
    about = {"item": say("notice.about", lang, kind=kind, digits=_digits(header)), "agency": said.agency}
    if not said.clock:
        return about | {"said": _time(header.issued_at)}
    return about | {"clock": say(f"code.ladder_track.{said.clock}", lang), "due": _time(said.due_at)}


def _digits(header: header_pb2.Header) -> str:
    return header.item_id.hex()[-_DIGITS:]


def _what(said: Said, lang: Lang) -> str:
    if said.header is None:
        return say(f"notice.what.{said.kind}", lang)
    return say(f"code.escalation_form.{said.form}" if said.form else f"code.kind.{said.kind}", lang)


def local(milliseconds: int) -> dt.datetime:
    """An instant in +08:00."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, ZONE)


def _time(milliseconds: int) -> str:
    return local(milliseconds).isoformat(" ", "minutes")
