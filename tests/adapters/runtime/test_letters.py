"""Dead letters: what could not become a statement, or was refused, and how it goes on after correction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from structlog.testing import capture_logs

from adapters import market, plain
from adapters.contract import NativeFile, OpenedStatement
from adapters.draft import Conversion
from adapters.runtime import commands
from hutong.errors import HutongError
from tests.adapters.runtime.stations import Desk, Station, work


def replay(station: Station, number: int, *more: str) -> None:
    """The command itself, beside no running node."""
    options = {"file": station.folder / more[0]} if more else {}
    commands.replay(number, station.folder, **options)


def test_a_bad_record_does_not_hold_up_the_others(desk: Desk, complaints: Callable[[str], bytes]) -> None:
    async def story() -> None:
        station, _ = await desk.pair()
        good = complaints("letters")
        bad = good.replace(b"2026-03-02", b"no date at all")
        station.put("complaints.csv", bad)
        async with station.open() as node:
            await work(node)
            (letter,) = node.troubles.letters()
            assert (letter.name, letter.place, letter.code) == ("complaints.csv", "line 3", "HT-ADP-20")
            assert node.outgoing.count("accepted") == 2
            assert node.outgoing.file(letter.file or b"") == ("complaints.csv", bad)
        assert station.names("done") == [] and len(station.names("failed")) == 1

        (station.folder / "still-bad.csv").write_bytes(b"what,is\nthis,\n")
        with pytest.raises(HutongError) as refused:
            replay(station, letter.id, "still-bad.csv")
        assert refused.value.code == "HT-ADP-11"
        (station.folder / "corrected.csv").write_bytes(good)
        replay(station, letter.id, "corrected.csv")
        async with station.open() as node:
            await work(node)
            assert not node.troubles.letters() and not node.troubles.letters("ordered")
            assert node.outgoing.count("accepted") == 3
            assert node.store.one("SELECT count(*) FROM files")[0] == 0
        with pytest.raises(HutongError) as refused:
            replay(station, letter.id)
        assert refused.value.code == "HT-NOD-15"

    desk.world.run(story())


def test_what_the_hub_refuses_can_be_sent_anew(desk: Desk, complaints: Callable[[str], bytes]) -> None:
    """The recipient is wrong at first: the hub refuses each statement for good, its id is used up."""

    async def story() -> None:
        station, police = await desk.pair()
        config = station.folder / "node.toml"
        right = config.read_text(encoding="utf-8")
        config.write_text(right.replace('agency = "police"', 'agency = "police"\ncontact = "c000000000000"'))
        station.put("complaints.csv", complaints("refused"))
        async with station.open() as node:
            await work(node)
            letters = node.troubles.letters()
            assert [one.code for one in letters] == ["HT-DIR-03"] * 3
            assert node.outgoing.count("refused") == 3 and node.outgoing.count("queued") == 0
            used = {one.message_id for one in letters}
        config.write_text(right, encoding="utf-8")
        replay(station, letters[0].id)
        async with station.open() as node:
            await work(node)
            assert node.outgoing.count("accepted") == 3  # the file is taken in whole; what went before is passed over
            sent = {row["message_id"] for row in node.store.all("SELECT * FROM outbox WHERE state = 'accepted'")}
            assert not sent & used
            assert not node.troubles.letters() and node.store.one("SELECT count(*) FROM files")[0] == 0
        async with police.open() as node:
            await work(node)
            assert [one.verdict.kind for one in node.arrivals.newest(9)] == ["lead"] * 3

    desk.world.run(story())


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[[recipients.lead]]", "[[recipients.supplement]]", "HT-NOD-03"),
        ("mandates = [", "mandates = []\nknown_keys = []\n# [", "HT-DIR-14"),
    ],
)
def test_settings_that_do_not_cover_a_record(
    desk: Desk, complaints: Callable[[str], bytes], old: str, new: str, code: str
) -> None:
    async def story() -> None:
        station, _ = await desk.pair()
        config = station.folder / "node.toml"
        config.write_text(config.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        station.put("complaints.csv", complaints(f"settings-{code}"))
        async with station.open() as node:
            await work(node)
            assert [one.code for one in node.troubles.letters()] == [code] * 3
            assert node.outgoing.count("queued", "accepted", "refused") == 0

    desk.world.run(story())


class Rude:
    """An adapter from elsewhere that breaks its word."""

    AGENCY = "rude"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def convert(self, data: bytes, *, name: str = "", now: datetime) -> Conversion:
        if data.startswith(b"rude"):
            raise ZeroDivisionError("13800000000")
        return market.convert(data, name=name, now=now)

    def render(self, statement: OpenedStatement) -> list[NativeFile]:
        if statement.body.lead.title == "以投资为名发展下线":
            raise self.error
        if statement.body.lead.title == "高额返利":
            return [NativeFile("../escape.json", "application/json", b"{}")]
        return plain.render(statement)


def test_an_adapter_that_breaks_its_word(desk: Desk, complaints: Callable[[str], bytes]) -> None:
    async def story() -> None:
        station, police = await desk.pair()
        police.adapter, station.adapter = Rude(HutongError("HT-ADP-30", format="x", field="y")), Rude(ValueError())
        station.put("a.csv", b"rude")
        station.put("b.csv", complaints("rude"))
        async with station.open() as node:
            with capture_logs() as lines:
                await work(node)
            (line,) = [line for line in lines if line["event"] == "the adapter failed"]
            assert line["error"] == "ZeroDivisionError" and "13800000000" not in str(line)
            assert [(one.name, one.code) for one in node.troubles.letters()] == [("a.csv", "HT-NOD-08")]
        async with police.open() as node:
            await work(node)
            assert sorted(one.code for one in node.troubles.letters()) == ["HT-ADP-30", "HT-NOD-08"]
            assert len(police.names("out")) == 3  # nothing that arrived is lost: those two came as the contract's JSON
            number = node.troubles.letters()[0].id
        (police.folder / "out" / police.names("out")[0]).unlink()
        police.adapter = None
        replay(police, number)
        async with police.open() as node:
            await work(node)
            assert len(node.troubles.letters()) == 1
        assert not (police.folder / "escape.json").exists()

    desk.world.run(story())
