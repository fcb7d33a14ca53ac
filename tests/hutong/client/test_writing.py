"""Who signs several statements at once, and who each of them."""

from __future__ import annotations

from typing import Any

import pytest

from hutong.client import joining
from hutong.client.hub import Accepted
from hutong.client.writing import Author, Unsigned, compose, sign
from hutong.errors import HutongError
from hutong.v1 import codes_pb2
from tests.worlds import World, lead_letter


def composed(world: World, author: Author, mandate: bytes, count: int) -> list[Unsigned]:
    async def story() -> list[Unsigned]:
        client = await world.client(world.market.node)
        sequence, now = world.market.node.next_sequence(max(1, count)), joining.now_ms()
        letters = [lead_letter(f"lead {number}", mandate=mandate) for number in range(count)]
        directory = client.directory.records
        return [compose(letter, author, directory, sequence + at, now) for at, letter in enumerate(letters)]

    made: list[Unsigned] = world.run(story())
    return made


def given_mandate(world: World) -> bytes:
    async def story() -> bytes:
        liaison = world.market.liaison
        client, until = await world.client(liaison.profile), joining.now_ms() + joining.TERM_MS
        return await joining.mandate(client, liaison.key, [100], codes_pb2.LEAD_SOURCE_COMPLAINT, until)

    mandate: bytes = world.run(story())
    return mandate


def test_a_systems_statements_bear_one_signature_and_are_recorded(shared_world: Any) -> None:
    world, author = shared_world, shared_world.market.system()
    signed = sign(composed(world, author, given_mandate(world), 5), author)
    signatures = [each.envelope.signatures[0] for each in signed]
    assert len({signature.sig for signature in signatures}) == 1
    assert [(s.batch.index, s.batch.size) for s in signatures] == [(at, 5) for at in range(5)]

    async def story() -> list[Accepted | HutongError]:
        return list(await (await world.client(world.market.node)).submit_batch(signed))

    answers = world.run(story())
    assert all(isinstance(answer, Accepted) for answer in answers), answers


@pytest.mark.parametrize("count", [0, 1])
def test_what_is_not_several_needs_no_tree(shared_world: Any, count: int) -> None:
    author = shared_world.market.system()
    for each in sign(composed(shared_world, author, b"", count), author):
        assert not each.envelope.signatures[0].HasField("batch")


def test_an_officer_signs_each(shared_world: Any) -> None:
    author = shared_world.market.officer()
    signed = sign(composed(shared_world, author, b"", 3), author)
    assert len({each.envelope.signatures[0].sig for each in signed}) == 3
    assert not any(each.envelope.signatures[0].HasField("batch") for each in signed)
