"""A case worked on in the pure core: a market office with its superiors, police, bank regulator, procuratorate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hutong.v1 import case_codes_pb2, case_kinds_pb2, codes_pb2, header_pb2, kinds_pb2
from rules.casework.records import Docket, Transfer
from tests.cases import Case
from tests.towns import NOW, Town, recipient

C = case_codes_pb2
METHODS = range(1, 6)


def town() -> Town:
    """market and shore, two cities, under province under bureau; the others beside them."""
    made = Town.make()
    types = {
        "province": codes_pb2.AGENCY_TYPE_MARKET,
        "bureau": codes_pb2.AGENCY_TYPE_MARKET,
        "shore": codes_pb2.AGENCY_TYPE_MARKET,
        "harbour": codes_pb2.AGENCY_TYPE_POLICE,
        "procuratorate": codes_pb2.AGENCY_TYPE_PROCURATORATE,
        "government": codes_pb2.AGENCY_TYPE_LOCAL_GOVERNMENT,
    }
    for number, (code, kind) in enumerate(types.items(), 16):
        made._settle(code, kind, number * 16 + 1)
    parents = {"market": "province", "shore": "province", "province": "bureau"}
    agencies = made.directory.agencies
    made.directory = made.directory.with_records(
        [replace(agencies[code], parent=parent) for code, parent in parents.items()]
    )
    return made


class Docketed(Case):
    """A ``Case`` with the words of casework; everything is said by market unless said otherwise."""

    def __init__(self, now: int = NOW) -> None:
        super().__init__(town(), now)

    def own_lead(self, agency: str = "market", to: Any = (), acknowledge: bool = True) -> bytes:
        """A lead that ``agency`` found itself, or was sent by another (``to``: the one that handles it)."""
        handler = to[0] if to else agency
        item = self.lead(agency=agency, to=to or [agency])
        if acknowledge:
            self.say(self.by(handler, "acknowledged", item, to=[agency] if to else []))
        return item

    def about(
        self, kind: str, item: bytes, agency: str = "market", contact: str = "", /, **facts: Any
    ) -> header_pb2.Header:
        """A statement of ``kind`` on ``item``, addressed to nobody but where it must be."""
        message = getattr(case_kinds_pb2, "".join(part.capitalize() for part in kind.split("_")))
        to = facts.pop("to", [])
        more = facts.pop("more", {})
        return self.by(agency, kind, item, contact, to=to, facts=message(**facts), **more)

    def opens(self, kind: str, about: bytes, to: Any, agency: str = "market", contact: str = "", **facts: Any) -> bytes:
        """A statement that opens an item about another; its id."""
        header = self.opening(kind, about, to, agency, contact, **facts)
        self.say(header)
        return bytes(header.message_id)

    def opening(
        self, kind: str, about: bytes, to: Any, agency: str = "market", contact: str = "", **facts: Any
    ) -> header_pb2.Header:
        """The header of ``opens``, not said yet."""
        message = getattr(case_kinds_pb2, "".join(part.capitalize() for part in kind.split("_")))
        more = facts.pop("more", {})
        given = {"about_item": about} if "about_item" in message.DESCRIPTOR.fields_by_name else {}
        return self.town.header(kind, agency, contact, to=to, facts=message(**given, **facts), **more)

    def ledgered(self, item: bytes, agency: str = "market") -> None:
        """建立台账."""
        self.say(self.about("assessed", item, agency, ledgered=True))

    def method(self, item: bytes, method: int, state: int = C.METHOD_STATE_DONE, **facts: Any) -> header_pb2.Header:
        """One method's answer; an inspection has its two officers, what is not applicable its reason."""
        if method == C.VERIFICATION_METHOD_ON_SITE and state == C.METHOD_STATE_DONE:
            facts = {"inspectors": 2} | facts
        if state == C.METHOD_STATE_NOT_APPLICABLE:
            facts = {"not_applicable": C.NOT_APPLICABLE_REASON_NOT_CONCERNED} | facts
        return self.about("method_answered", item, method=method, state=state, **facts)

    def verified(self, item: bytes, finding: int = C.FINDING_CONFIRMED, tier: int = C.TIER_C) -> None:
        """All five methods answered, and what they came to."""
        for method in METHODS:
            self.say(self.method(item, method))
        self.say(self.finding(item, finding, tier))

    def finding(self, item: bytes, finding: int = C.FINDING_CONFIRMED, tier: int = C.TIER_C, **facts: Any) -> Any:
        """The header of 实证结果 with facts that bear the tier."""
        rules = {C.TIER_C: "organiser-30-people-3-levels", C.TIER_B: "administrative", C.TIER_A: "beginnings"}
        given: dict[str, Any] = {
            "finding": finding,
            "participants": codes_pb2.PARTICIPANT_BAND_30_TO_59,
            "levels": C.LEVEL_BAND_3_OR_MORE,
            "amount": codes_pb2.AMOUNT_BAND_100K_TO_1M,
            "threshold_rules": [rules[tier]] if tier else [],
            "threshold_version": 1,
            "tier_proposed": tier,
        }
        return self.about("verified", item, **given | facts)

    def decision(self, item: bytes, tier: int, party: int = 1, **facts: Any) -> header_pb2.Header:
        """The header of a decision about one party, with everything that its tier needs."""
        steps = {
            C.TIER_A: [C.DISPOSITION_STEP_INTERVIEW],
            C.TIER_B: [C.DISPOSITION_STEP_PENALTY],
            C.TIER_C: [C.DISPOSITION_STEP_TRANSFER],
        }
        given: dict[str, Any] = {
            "party": party,
            "party_kind": C.PARTY_KIND_ORGANISATION,
            "tier": tier,
            "steps": steps[tier],
            "decided_on": "2026-10-12",
        }
        if tier != C.TIER_A:
            given |= {"approval": APPROVAL, "approver": codes_pb2.APPROVAL_POST_PRINCIPAL}
        if tier == C.TIER_C:
            given |= {"reported_on": "2026-10-10"}
        return self.about("disposed", item, **given | facts, more={"legal_basis": ["PSR-2005-24"]})

    def disposed(self, item: bytes, tier: int, party: int = 1, **facts: Any) -> None:
        """The decision, said."""
        self.say(self.decision(item, tier, party, **facts))

    def transfer(self, item: bytes, parties: Any = (1,), **facts: Any) -> header_pb2.Header:
        """The header of a transfer to the police with all five parts, signed by the head."""
        house = self.town.houses["market"]
        given: dict[str, Any] = {
            "parties": parties,
            "parts": [1, 2, 3, 4, 5],
            "officers": [house.liaison, house.second],
            "approved_at": self.now,
            "to": ["police"],
        }
        given |= facts
        to = given.pop("to")
        return self.opening("transfer_made", item, to, "market", house.head, **given)

    def transferred(self, item: bytes, parties: Any = (1,), **facts: Any) -> bytes:
        """A transfer that the police have signed for; its item."""
        header = self.transfer(item, parties, **facts)
        self.say(header)
        made = bytes(header.message_id)
        self.say(self.by("police", "acknowledged", made))
        return made

    def filing(self, item: bytes, filed: bool, agency: str = "police", **facts: Any) -> header_pb2.Header:
        """立案 or 不予立案, by the owner."""
        given: dict[str, Any] = {"filed": filed, "decided_on": "2026-10-12", "to": ["market"]}
        if not filed:
            given["reason"] = C.FILING_REASON_MINOR
        return self.about("filing_decided", item, agency, **given | facts)

    def docket(self, item: bytes, agency: str = "market") -> Docket:
        """The docket of ``item``."""
        return self.state.casework.dockets[item, agency]

    def made(self, item: bytes) -> Transfer:
        """The transfer that ``item`` is."""
        return self.state.casework.transfers[(item,)]


APPROVAL = kinds_pb2.Approval(
    level=codes_pb2.LEVEL_PREFECTURE, approved_on="2026-10-12", on_paper=True, document_sha256=b"d" * 32
)
CC = codes_pb2.RECIPIENT_ROLE_CC
__all__ = ["APPROVAL", "CC", "METHODS", "C", "Docketed", "recipient"]
