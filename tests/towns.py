"""Directories and headers for tests of the pure core: agencies with a head, a liaison, a system and all their keys."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from hutong.directory.records import FOREVER, Agency, Contact, Directory, Key, Mandate
from hutong.identifiers.ids import new_message_id
from hutong.kinds import kinds
from hutong.sealing.keys import OpeningKey
from hutong.signing import possession
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2, options_pb2

ORIGIN = "hub.hutong.example/log"
NOW = 1_791_770_400_000
"""2026-10-12 10:00 in Shanghai, a Monday after the holidays."""
OFFICER, SYSTEM, HUB = (
    options_pb2.SIGNER_ROLE_OFFICER,
    options_pb2.SIGNER_ROLE_AGENCY_SYSTEM,
    options_pb2.SIGNER_ROLE_HUB,
)


@dataclass
class House:
    """One agency's people and keys."""

    code: str
    head: str
    liaison: str
    second: str
    keys: dict[str, SigningKey]

    def key(self, contact: str) -> SigningKey:
        return self.keys[contact]


def contact_id(number: int) -> str:
    return f"c{number:012x}"


@dataclass
class Town:
    """Three authorities and a platform, everybody in force since before NOW."""

    directory: Directory = field(default_factory=Directory)
    houses: dict[str, House] = field(default_factory=dict)

    @staticmethod
    def make() -> Town:
        town = Town()
        types = {
            "market": codes_pb2.AGENCY_TYPE_MARKET,
            "police": codes_pb2.AGENCY_TYPE_POLICE,
            "banking": codes_pb2.AGENCY_TYPE_BANKING,
            "shop": codes_pb2.AGENCY_TYPE_PLATFORM,
        }
        for number, (code, kind) in enumerate(types.items()):
            town._settle(code, kind, number * 16 + 1)
        return town

    def _settle(self, code: str, kind: int, first: int) -> None:
        head, liaison, second, system = (contact_id(first), contact_id(first + 1), contact_id(first + 2), "")
        keys = {who: SigningKey.generate() for who in (head, liaison, second, system)}
        records: list[Any] = [
            Agency(code, kind, 1, "100000", "", (("fraud", ()), ("north", ("110000",))), head, keys[head].keyid, 1),
            Contact(head, code, (codes_pb2.CONTACT_ROLE_HEAD,), (), 1, FOREVER, first),
            Contact(liaison, code, (codes_pb2.CONTACT_ROLE_LIAISON,), (), 1, FOREVER, first + 1),
            Contact(second, code, (codes_pb2.CONTACT_ROLE_LIAISON,), ("fraud",), 1, FOREVER, first + 2),
        ]
        for order, (who, key) in enumerate(keys.items()):
            use = codes_pb2.KEY_USE_OFFICER if who else codes_pb2.KEY_USE_AGENCY_SYSTEM
            records.append(Key(key.keyid, code, who, use, key.algorithm, key.spki, 1, FOREVER, "", first + order))
        for use in (codes_pb2.KEY_USE_OPENING, codes_pb2.KEY_USE_OPENING_RECOVERY):
            opening = OpeningKey.generate()
            records.append(
                Key(opening.keyid, code, "", use, codes_pb2.ALGORITHM_X25519, opening.spki, 1, FOREVER, "", first)
            )
        self.houses[code] = House(code, head, liaison, second, keys)
        self.directory = self.directory.with_records(records, first + 15)

    def with_mandate(self, mandate: Mandate) -> Town:
        return Town(self.directory.with_records([mandate]), self.houses)

    def header(
        self, kind: str, agency: str, contact: str = "", *, facts: Any = None, role: int = OFFICER, **more: Any
    ) -> header_pb2.Header:
        """A header of ``kind`` by the agency's liaison (or ``contact``), signed in ``role`` by the key that fits."""
        house = self.houses[agency]
        who = contact or house.liaison
        key = house.key("" if role == SYSTEM else who)
        to = more.pop("to", ())
        header = header_pb2.Header(
            version=1,
            origin=ORIGIN,
            message_id=more.pop("message_id", None) or new_message_id(),
            nonce=secrets.token_bytes(32),
            sender=header_pb2.Sender(agency=agency, contact=who),
            recipients=[each if isinstance(each, header_pb2.Recipient) else recipient(each) for each in to],
            issued_at=NOW,
            expires_at=NOW + 1000,
            client_sequence=1,
            handling=codes_pb2.HANDLING_INTERNAL,
            urgency=more.pop("urgency", codes_pb2.URGENCY_ROUTINE),
            purpose=codes_pb2.PURPOSE_COORDINATION,
            signers=[header_pb2.Signer(role=role, keyid=key.keyid, algorithm=key.algorithm)],  # type: ignore[arg-type]
            **more,
        )
        place = getattr(header, kind)
        if facts is not None:
            place.CopyFrom(facts)
        place.SetInParent()
        return header

    def lead(self, agency: str = "market", to: Any = ("police",), **more: Any) -> header_pb2.Header:
        facts = kinds_pb2.Lead(source=codes_pb2.LEAD_SOURCE_COMPLAINT, received_on="2026-10-12")
        common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN])
        given = {"to": to, "facts": facts} | more
        made = self.header("lead", agency, **given)
        made.facts.CopyFrom(common)
        return made

    def bound(self, agency: str, key: Any, use: int, holder: str = "", **more: Any) -> kinds_pb2.KeyBound:
        """A KeyBound with everything in order, then changed by ``more``."""
        given: dict[str, Any] = {
            "holder": holder,
            "use": use,
            "algorithm": getattr(key, "algorithm", codes_pb2.ALGORITHM_X25519),
            "spki": key.spki,
            "not_before": NOW,
            "not_after": NOW + 10**9,
        }
        if isinstance(key, SigningKey):
            given["possession"] = possession.prove(key, origin=ORIGIN, agency=agency, holder=holder, use=use)  # type: ignore[arg-type]
        return kinds_pb2.KeyBound(**given | more)


def recipient(agency: str, contact: str = "", desk: str = "", role: int = 1) -> header_pb2.Recipient:
    return header_pb2.Recipient(agency=agency, contact=contact, desk=desk, role=role)  # type: ignore[arg-type]


def number(kind: str) -> int:
    """The kind's field number in the header."""
    return kinds()[kind].number
