"""Channels: tested by the hub through a crash and a dead line, confirmed by whoever got the code, replayed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from audit.review.replay import Replay
from audit.review.verify import verify
from hub.channels import ChannelTests, reachable
from hub.export import write
from hub.recorder.work import HubTask
from hub.state import roster_tables
from hub.state.database import reading
from hub.state.records import table_of
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from rules import hub_statements
from tests.rosters import ADDRESS, DAY, letter, mail, say, say_as_hub
from tests.worlds import World


class Post:
    """Where the codes arrive; ``down`` so many times before."""

    def __init__(self, down: int = 0) -> None:
        self.down = down
        self.sent: list[tuple[int, str, bytes]] = []

    def __call__(self, kind: int, address: str, code: bytes) -> None:
        if self.down:
            self.down -= 1
            raise HutongError("HT-SYS-01", why="no")
        self.sent.append((kind, address, code))


def prober(world: World, post: Post) -> ChannelTests:
    server = world.hub.server
    return ChannelTests(
        engine=server._engine,
        standing=server._standing,
        clock=server._clock,
        origin=world.hub.home.settings.origin,
        keyid=world.hub.home.key.keyid,
        say=lambda task: say_as_hub(world, task),
        send=post,
    )


def newest(world: World) -> Any:
    return max(world.hub.server._standing.directory.channels.values(), key=lambda each: each.order)


def rows(world: World) -> list[Any]:
    with reading(world.hub.engine) as connection:
        return list(connection.execute(select(table_of(roster_tables.ChannelTestRow))).mappings())


def confirm(channel: bytes, code: bytes) -> Letter:
    return letter("channel_confirmed", kinds_pb2.ChannelConfirmed(channel=channel, code=code))


def test_a_channel_is_tested_and_confirmed(world: World, tmp_path: Path) -> None:
    liaison = world.police.liaison
    world.run(say(world, liaison, mail()))
    post = Post(down=1)
    tester = prober(world, post)
    tester.look()
    assert post.sent == [] and newest(world).tested_at, "it is said first"
    tester.look()
    assert post.sent == [], "not at once again"
    world.hub.order("advance", milliseconds=20_000)
    tester.look()
    ((kind, address, code),) = post.sent
    assert (kind, address) == (codes_pb2.CHANNEL_KIND_MAIL, ADDRESS)
    channel = newest(world)
    assert sha256(code).digest() == channel.challenge_sha256
    assert [(row["code"], row["next_at"]) for row in rows(world)] == [(b"", 0)], "the hub keeps it no longer"
    assert not places_of(world, code)
    tester.look()
    assert len(post.sent) == 1
    with reading(world.hub.engine) as connection:
        assert reachable(connection, world.hub.server._standing.directory, liaison.contact) == []
    world.run(say(world, liaison, confirm(channel.id, code)))
    with reading(world.hub.engine) as connection:
        (found,) = reachable(connection, world.hub.server._standing.directory, liaison.contact)
    assert (found.address, found.channel.id) == (ADDRESS, channel.id)
    world.hub.stop()
    write(world.hub.home, world.hub.engine, tmp_path / "export")
    report = verify(tmp_path / "export", check_statements=Replay)
    assert not report.faults, [str(fault) for fault in report.faults]
    world.hub.start()


def places_of(world: World, needle: bytes) -> set[str]:
    with world.hub.engine.connect() as connection:
        found = connection.execute(text("SELECT hex(code) FROM channel_tests")).scalars()
        return {each for each in found if needle.hex().upper() in each}


def test_a_crash_between_the_statement_and_the_message_loses_neither(world: World) -> None:
    world.run(say(world, world.police.liaison, mail()))
    before = prober(world, Post())

    def crash(kind: int, address: str, code: bytes) -> None:
        raise KeyboardInterrupt

    before.send = crash
    with pytest.raises(KeyboardInterrupt):
        before.look()
    said = newest(world)
    assert said.tested_at
    world.hub.stop()
    world.hub.start()
    post = Post()
    prober(world, post).look()
    ((_, _, code),) = post.sent
    assert newest(world) == said and sha256(code).digest() == said.challenge_sha256


GIVEN_UP = ["the contact has gone", "the address was erased", "a day is over"]


@pytest.mark.parametrize("why", GIVEN_UP)
def test_a_test_that_makes_no_sense_any_more_is_given_up(world: World, why: str) -> None:
    named = mail()
    world.run(say(world, world.police.liaison, named))
    tester = prober(world, Post(down=1 if why == "a day is over" else 0))
    if why == "the contact has gone":
        gone = kinds_pb2.ContactWithdrawn(contact=world.police.liaison.contact)
        world.run(say(world, world.police.head, letter("contact_withdrawn", gone)))
    elif why == "the address was erased":
        world.hub.order("erase", message_id=named.message_id.hex(), reason="ERASURE_REASON_RECALLED")
    else:
        tester.look()
        world.hub.order("advance", milliseconds=DAY)
    tester.look()
    assert isinstance(tester.send, Post) and tester.send.sent == []
    assert [(row["code"], row["next_at"]) for row in rows(world)] == [(b"", 0)]
    assert bool(newest(world).tested_at) == (why == "a day is over")


def test_a_kind_that_this_hub_cannot_send_to_waits(world: World) -> None:
    """Its day begins when a code can reach it, not when the operator still has to set a mail server."""
    world.run(say(world, world.police.liaison, mail()))
    post = Post()
    tester = prober(world, post)
    tester.kinds = [codes_pb2.CHANNEL_KIND_WEBHOOK]
    tester.look()
    assert post.sent == [] and rows(world) == [] and not newest(world).tested_at
    tester.kinds = [codes_pb2.CHANNEL_KIND_MAIL]
    tester.look()
    assert len(post.sent) == 1 and newest(world).tested_at


def test_a_look_does_not_wait_for_the_one_before(world: World) -> None:
    world.run(say(world, world.police.liaison, mail()))
    post = Post()
    tester = prober(world, post)

    def slow(kind: int, address: str, code: bytes) -> None:
        tester.look()
        post(kind, address, code)

    tester.send = slow
    tester.look()
    assert len(post.sent) == 1


def test_the_hub_cannot_say_a_test_otherwise_than_it_follows(world: World) -> None:
    """Replay takes its digest as given, and nothing else."""
    world.run(say(world, world.police.liaison, mail()))
    channel, home = newest(world), world.hub.home

    def make(state: Any, now: int) -> header_pb2.Header:
        origin, keyid = home.settings.origin, home.key.keyid
        header = hub_statements.channel_tested(origin, keyid, channel, b"c" * 32, b"x" * 16, now)
        header.urgency = codes_pb2.URGENCY_FLASH
        return header

    with pytest.raises(HutongError) as caught:
        say_as_hub(world, HubTask(make))
    assert caught.value.code == "HT-DTY-14"
