"""A whole log made in memory, from the first registration on: every statement signed, every entry as a hub makes it.

The hub speaks when the test has it speak (``tick``), so a test can also leave out what an honest one would say.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from audit.review.export import write_export
from audit.review.manifest import CALENDAR
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.proofs.note import ED25519, VerifierKey
from hutong.proofs.policy import Policy
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from hutong.v1.entry_pb2 import Entry
from hutong.v1.envelope_pb2 import Envelope
from hutong.worktime import calendar
from rules import hub_statements
from rules.claims import claims, directory_of
from rules.data import digest_of
from rules.data import texts as rules_texts
from rules.decide import Statement, decide
from rules.entries import count, entry_of
from rules.folding import fold
from rules.outcome import Outcome
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies, policy_texts
from tests.cases import Case
from tests.logs import MemoryLog
from tests.towns import NOW, ORIGIN, House, Town, contact_id

DAY = 24 * 3_600_000
POLICIES = {name: text.encode() for name, text in policy_texts().items()}
TYPES = {
    "market": codes_pb2.AGENCY_TYPE_MARKET,
    "ministry": codes_pb2.AGENCY_TYPE_POLICE,
    "police": codes_pb2.AGENCY_TYPE_POLICE,
    "banking": codes_pb2.AGENCY_TYPE_BANKING,
}
DEPUTY, COORDINATOR = contact_id(0x901), contact_id(0x902)
_LIAISON = codes_pb2.CONTACT_ROLE_LIAISON

Line = tuple[Entry, Envelope]


class Chronicle(Case):
    """A hub's log and its state; agencies with a head, two liaisons and a system, the police under the ministry."""

    def __init__(self, now: int = NOW) -> None:
        super().__init__(Town(), now - DAY)
        self.key = SigningKey.generate()
        self.keyid, self.index = self.key.keyid, 0
        self.lines: list[Line] = []
        self._clients: dict[bytes, int] = {}
        self._cases: dict[bytes, int] = {}
        for number, code in enumerate(TYPES):
            self._settle(code, number * 16 + 1)
        self.now = now

    @property
    def vkey(self) -> VerifierKey:
        public: Any = load_der_public_key(self.key.spki)
        return VerifierKey(ORIGIN, ED25519, public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def policy(self) -> Policy:
        return Policy((self.vkey,))

    def say(self, header: header_pb2.Header) -> Outcome:
        """Record and fold ``header``, signed by whom it names."""
        envelope, statement = self._signed(header)
        outcome = decide(self.state, statement, self.index, self.now)
        self._record(envelope, statement, outcome)
        self.heard(fold(self.state, statement, outcome, self.index, self.now))
        self.index += 1
        return outcome

    def claim(self, header: header_pb2.Header) -> None:
        """Record ``header`` in the log whatever the rules think of it; nothing follows from it."""
        envelope, statement = self._signed(header)
        self._record(envelope, statement, Outcome())
        self.index += 1

    def refuse(self, header: header_pb2.Header) -> str:
        """Record the refusal of ``header``; its code."""
        envelope, statement = self._signed(header)
        try:
            decide(self.state, statement, self.index, self.now)
        except HutongError as error:
            self._record(envelope, statement, Outcome(), error.code)
            fold(self.state, statement, Outcome(), self.index, self.now, error.code)
            self.index += 1
            return error.code
        raise AssertionError("the rules take it")

    def next_step(self, item: bytes, agency: str = "police", now: int = 0) -> header_pb2.Header:
        """What the hub has to say next about an obligation, at ``now``."""
        header = hub_statements.next_step(ORIGIN, self.keyid, self.state, item, agency, now or self.now)
        assert header is not None
        return header

    def fed(self) -> Iterator[tuple[int, Entry, Envelope, header_pb2.Header]]:
        """Each line as a StatementCheck wants it."""
        for index, (entry, envelope) in enumerate(self.lines):
            yield index, entry, envelope, header_pb2.Header.FromString(envelope.payload)

    def export(self, target: Path) -> Path:
        """What an auditor takes away of it."""
        log = MemoryLog(origin=ORIGIN, key=self.vkey)
        log.append([entry.SerializeToString(deterministic=True) for entry, _ in self.lines])
        texts = {f"rules/{name}": text for name, text in rules_texts().items()}
        write_export(
            target,
            log=log,
            note=log.checkpoint().signed(self.vkey, self.key.sign),
            policy=self.policy,
            statements=((index, envelope.SerializeToString()) for index, (_, envelope) in enumerate(self.lines)),
            texts=texts | {f"policies/{name}": text for name, text in POLICIES.items()} | {CALENDAR: calendar.SOURCE},
            directory=directory_of(self.state),
            claims=claims(self.state, ORIGIN, len(self.lines)),
            key=self.vkey,
            sign=self.key.sign,
            readme={},
        )
        return target

    def _signed(self, header: header_pb2.Header) -> tuple[Envelope, Statement]:
        if not kind_of(header).hub_only:
            header.issued_at, header.expires_at = self.now, self.now + DAY
            header.message_id = self._id()
        keys = {key.keyid: key for house in self.town.houses.values() for key in house.keys.values()}
        keys[self.keyid] = self.key
        signers = [keys[signer.keyid] for signer in header.signers]
        envelope = dsse.sign(header.SerializeToString(deterministic=True), signers)
        return envelope, Statement(header, dsse.statement_digest(envelope), kind_of(header))

    def _id(self) -> bytes:
        """A UUIDv7 of the case's time."""
        number = self.now << 80 | 0x7 << 76 | 0b10 << 62 | secrets.randbits(62)
        return number.to_bytes(16, "big")

    def _record(self, envelope: Envelope, statement: Statement, outcome: Outcome, refusal: str = "") -> None:
        entry = entry_of(self.state, statement, outcome, self.now, refusal)
        entry.policy_sha256, entry.calendar_sha256 = digest_of(POLICIES), calendar.DIGEST
        if statement.kind.hub_only:
            entry.permitted_by = "hub"
        else:
            entry.permitted_by = "" if refusal else self._permitted_by(statement)
            entry.certificate_sha256 = statement.header.sender.agency.encode().ljust(32)
        count(entry, self._clients, self._cases)
        self.lines.append((entry, envelope))

    def _permitted_by(self, statement: Statement) -> str:
        """The shipped policy that permits it; of what a cheat records against them, the one that it would name."""
        try:
            return Permit(Policies.shipped(), self.state.directory).statement(statement.header, statement.kind)
        except HutongError:
            return "flow-between-authorities"

    def _settle(self, code: str, first: int) -> None:
        people = {contact_id(first): "head", contact_id(first + 1): "liaison", contact_id(first + 2): "second"}
        more = {"police": [DEPUTY], "ministry": [COORDINATOR]}.get(code, [])
        keys = {who: SigningKey.generate() for who in (*people, *more, "")}
        head, liaison, second = people
        self.town.houses[code] = House(code, head, liaison, second, keys)
        said = kinds_pb2.AgencyRegistered(
            agency=code,
            type=TYPES[code],  # type: ignore[arg-type]
            level=codes_pb2.LEVEL_NATION,
            region="100000",
            parent="ministry" if code == "police" else "",
            head_contact=head,
            head_keyid=keys[head].keyid,
        )
        order = secrets.token_bytes(16)
        self.say(hub_statements.registration(ORIGIN, self.keyid, said, b"d" * 32, order, self.now))
        self._bind(code, head)
        for who in (liaison, second, *more):
            roles = {DEPUTY: codes_pb2.CONTACT_ROLE_DEPUTY, COORDINATOR: codes_pb2.CONTACT_ROLE_COORDINATOR}
            self.nominate(code, who, roles.get(who, _LIAISON), self.now + 100 * DAY)
            self._bind(code, who)
        self._bind(code, "")

    def nominate(self, code: str, who: str, role: int, until: int) -> None:
        """``who`` is a contact in that role until then."""
        facts = kinds_pb2.ContactNominated(contact=who, roles=[role], term_from=1, term_to=until)  # type: ignore[list-item]
        self.say(self.town.header("contact_nominated", code, self.town.houses[code].head, facts=facts))

    def _bind(self, code: str, who: str) -> None:
        house = self.town.houses[code]
        use = codes_pb2.KEY_USE_OFFICER if who else codes_pb2.KEY_USE_AGENCY_SYSTEM
        term = {"not_before": 1, "not_after": self.now + 1000 * DAY}
        facts = self.town.bound(code, house.keys[who], use, who, **term)
        self.say(self.town.header("key_bound", code, house.head, facts=facts))
