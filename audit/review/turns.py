"""One step by its name: what one is called that was due, and what the hub called the one that it said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from hutong.catalogue import LANGS, Lang, say
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, header_pb2
from rules.records import Obligation

from .timetable import ATTENTION, CERTIFICATE, Expected
from .view import moment

FALL = "fall"
STEPS = ("non_response", "escalated", "ownership_fell")
"""The kinds with which the hub says that a step was due."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A step of one obligation; two with the same track, person and time are the same step."""

    item: bytes
    agency: str
    track: int
    who: str
    due: int
    """Milliseconds since 1970; 0 for a fall that was said, which dates none."""
    owner: str = field(compare=False)
    form: int = field(compare=False, default=0)
    known: int = field(compare=False, default=0)
    """From when it could be said; 0 for one that was said."""

    @staticmethod
    def of_step(duty: Obligation, step: Expected, form: int) -> Turn:
        """``step`` of the ladders of ``duty``, with the EscalationForm that it has."""
        silence = step.row.who == CERTIFICATE
        due = duty.acknowledge_by if silence else step.due
        return Turn(duty.item, duty.agency, step.track, step.row.who, due, duty.owner, form, step.known)

    @staticmethod
    def of_fall(duty: Obligation, at: int) -> Turn:
        """The fall of ``duty`` to the head, whose owner was none any more from ``at`` on."""
        return Turn(duty.item, duty.agency, 0, FALL, at, duty.owner, known=at)

    @staticmethod
    def heard(header: header_pb2.Header) -> Turn | None:
        """What the hub says by ``header``; None where it is no step."""
        item = bytes(header.item_id)
        match header.WhichOneof("kind"):
            case "non_response":
                silence = header.non_response
                return Turn(item, silence.agency, ATTENTION, CERTIFICATE, silence.due_at, silence.owner)
            case "escalated":
                step = header.escalated
                who = codes_pb2.EscalationTarget.Name(step.to).removeprefix("ESCALATION_TARGET_").lower()
                return Turn(item, step.agency, step.track, who, step.due_at, step.owner, step.form)
            case "ownership_fell":
                fall = header.ownership_fell
                return Turn(item, fall.agency, 0, FALL, 0, fall.owner)
            case _:
                return None

    @property
    def name(self) -> str:
        """Short, as programs have it: ``attention/deputy/urge``, ``certificate``, ``fall``."""
        if self.who in (FALL, CERTIFICATE):
            return self.who
        track = codes_pb2.LadderTrack.Name(cast(codes_pb2.LadderTrack.ValueType, self.track))
        form = codes_pb2.EscalationForm.Name(cast(codes_pb2.EscalationForm.ValueType, self.form))
        return f"{track.removeprefix('LADDER_TRACK_')}/{self.who}/{form.removeprefix('ESCALATION_FORM_')}".lower()

    def words(self, lang: Lang) -> str:
        """As people read it."""
        if "/" not in self.name:
            return say(f"duty-step-{self.who}", lang)
        track, who, form = self.name.split("/")
        parts = {"track": track, "who": who, "form": form}
        return say("duty-step", lang, **{kind: say(f"duty-{kind}-{part}", lang) for kind, part in parts.items()})

    def alike(self, other: Turn) -> bool:
        """Whether both tell the same person on the same track, whenever."""
        return (self.track, self.who) == (other.track, other.who)

    def says(self, heard: Turn) -> bool:
        """Whether ``heard`` is this step."""
        return self.alike(heard) and (self.who == FALL or self.due == heard.due)

    def fault(self, code: str, **params: Any) -> HutongError:
        """An error about this step: ``step`` is its name, ``words_zh`` and ``words_en`` what people read."""
        words = {f"words_{lang}": self.words(lang) for lang in LANGS}
        due = moment(self.due) if self.due else "–"
        about = {"item": self.item.hex(), "agency": self.agency, "owner": self.owner}
        return HutongError(code, step=self.name, due=due, **about, **words, **params)
