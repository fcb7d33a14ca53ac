"""A long and mixed history through a real hub: replay of its log alone gives its tables, byte for byte."""

from __future__ import annotations

import random
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any

from audit.review.replay import Replay
from audit.review.verify import verify
from hub.export import write
from hutong.client import joining
from hutong.client.hub import Accepted
from hutong.client.writing import Letter, To
from hutong.errors import HutongError
from hutong.identifiers.ids import new_contact_id
from hutong.v1 import body_pb2, codes_pb2, directory_pb2, header_pb2, kinds_pb2
from tests.worlds import lead_letter

ADMINISTRATION = codes_pb2.PURPOSE_ADMINISTRATION


class History:
    """Says things at random, seeded; what is refused is part of it."""

    def __init__(self, world: Any, seed: int) -> None:
        self.world, self.dice = world, random.Random(seed)
        self.items: list[tuple[bytes, Any, Any]] = []
        self.outcomes: dict[str, int] = {}

    async def submit(self, submission: Any, person: Any) -> Any:
        client = await self.world.client(person.profile)
        try:
            accepted: Accepted = await client.submit(submission)
        except HutongError as error:
            self.outcomes[error.code] = self.outcomes.get(error.code, 0) + 1
            return None
        self.outcomes["accepted"] = self.outcomes.get("accepted", 0) + 1
        return accepted

    async def step(self) -> None:
        sides = [self.world.market, self.world.police]
        self.dice.shuffle(sides)
        one, other = sides
        kind = self.dice.choice(["lead", "lead", "inquiry", "follow", "follow", "follow", "follow", "noise"])
        if kind == "lead":
            common = header_pb2.CommonFacts(offences=[1] if self.dice.random() < 0.8 else [])
            letter = lead_letter(secrets.token_hex(5), to=[To(other.code)], common=common)
            await self.open(letter, one, other)
        elif kind == "inquiry":
            facts = kinds_pb2.Inquiry(
                ask=codes_pb2.ASK_TYPE_REGISTRY, subjects=[kinds_pb2.SubjectCount(role=1, count=1)]
            )
            body = body_pb2.Body(inquiry=body_pb2.InquiryBody(reference="r"))
            await self.open(Letter("inquiry", facts, to=[To(other.code)], body=body), one, other)
        elif self.items:
            await self.follow(*self.dice.choice(self.items))

    async def open(self, letter: Letter, one: Any, other: Any) -> None:
        made = await self.world.write(letter, one.officer(), one.liaison.profile)
        if await self.submit(made, one.liaison):
            self.items.append((letter.message_id, one, other))

    async def follow(self, item: bytes, sender: Any, holder: Any) -> None:
        note = body_pb2.Body(note=body_pb2.NoteBody(text="n"))
        facts, body = self.dice.choice(
            [
                (kinds_pb2.Acknowledged(), None),
                (kinds_pb2.Acknowledged(), None),
                (kinds_pb2.Seen(), None),
                (kinds_pb2.Completed(outcome=5, evidence_sha256=sha256(item).digest()), None),
                (kinds_pb2.InquiryReply(extent=1, asked=1, answered=1), note),
                (kinds_pb2.Return(reason=1), None),
                (kinds_pb2.Supplement(), note),
            ]
        )
        kind = {"Acknowledged": "acknowledged", "InquiryReply": "inquiry_reply"}.get(
            facts.DESCRIPTOR.name, facts.DESCRIPTOR.name.lower()
        )
        letter = Letter(kind, facts, to=[To(sender.code)], item=item, body=body)
        person = self.dice.choice([holder.liaison, holder.liaison, holder.head])
        await self.submit(await self.world.write(letter, holder.officer(person), person.profile), person)

    async def directory(self) -> None:
        """Nominate, revoke twice, withdraw: the directory moves with each."""
        head = self.world.police.head
        client = await self.world.client(head.profile)
        contact = new_contact_id()
        now = joining.now_ms()
        nominated = kinds_pb2.ContactNominated(contact=contact, roles=[1], term_from=now - 1, term_to=now + 10**10)
        card = directory_pb2.ContactCard(name="somebody").SerializeToString()
        await joining.say(client, head.key, Letter("contact_nominated", nominated, card=card, purpose=ADMINISTRATION))
        key = self.world.police.node.signing_key().keyid
        for _ in range(2):
            revoked = kinds_pb2.KeyRevoked(keyid=key, reason=codes_pb2.REVOCATION_REASON_LOST)
            await joining.say(client, head.key, Letter("key_revoked", revoked, purpose=ADMINISTRATION))
        withdrawn = kinds_pb2.ContactWithdrawn(contact=contact)
        await joining.say(client, head.key, Letter("contact_withdrawn", withdrawn, purpose=ADMINISTRATION))


def test_the_log_alone_gives_the_tables(world: Any, tmp_path: Path) -> None:
    history = History(world, 20261012)

    async def first_half() -> None:
        for _ in range(40):
            await history.step()
        await history.directory()

    async def second_half() -> None:
        for person in (world.market.liaison, world.market.head, world.police.liaison, world.police.head):
            await world.reconnected(person.profile)
        for _ in range(40):
            await history.step()

    world.run(first_half())
    world.hub.stop()
    world.hub.start()
    world.run(second_half())
    world.hub.order("erase", message_id=history.items[0][0].hex(), reason="ERASURE_REASON_RECALLED")
    world.hub.order("advance", milliseconds=6 * 86_400_000)
    world.hub.order("advance", milliseconds=1)
    assert history.outcomes["accepted"] > 30
    assert {"HT-HDR-01", "HT-DTY-03", "HT-DTY-04"} <= set(history.outcomes)
    world.hub.stop()
    size = write(world.hub.home, world.hub.engine, tmp_path / "export")
    report = verify(tmp_path / "export", check_statements=Replay)
    assert not report.faults, [str(fault) for fault in report.faults]
    assert size > sum(history.outcomes.values())
    assert b'"non_response":true' in (tmp_path / "export" / "claims.json").read_bytes()
    kinds = {path.name for path in (tmp_path / "export" / "directory").iterdir()}
    assert kinds == {"market.json", "police.json"}
    world.hub.start()
