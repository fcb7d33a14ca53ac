"""A year's holidays from the operator's file to the log, to the deadlines, and to whoever replays it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.review.replay import Replay
from audit.review.verify import verify
from hub.export import write
from hub.state.database import reading
from hub.state.records import load_directory
from hutong.client.refusals import Refused
from hutong.client.writing import Letter
from hutong.commands import main
from hutong.v1 import casework_pb2, directory_pb2, header_pb2, kinds_pb2
from hutong.worktime.calendar import PUBLISHED, ZONE, DayKind
from tests.worlds import close, make_world

DAY = dt.timedelta(days=1)
TODAY = dt.datetime.now(ZONE).date()
COMING = [TODAY + DAY * ahead for ahead in range(1, 16)]
"""Two weeks from tomorrow; of the year in which they end."""
YEAR = COMING[-1].year
SOURCE = "国办发明电〔2026〕999号（示例）"


def text(off: list[dt.date], version: int = 1, region: str = "") -> str:
    days = ", ".join(day.isoformat() for day in off)
    return (
        f'[[notice]]\nregion = "{region}"\nyear = {YEAR}\nversion = {version}\n'
        f'off = [{days}]\nworked = []\nsource = "{SOURCE}"\n'
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> Iterator[Any]:
    """These tests follow each other on one hub: nothing published, a first version, a second."""
    made = make_world(tmp_path_factory.mktemp("calendars"), loop)
    yield made
    close(made)


@pytest.fixture
def hub(
    world: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """``hutong hub calendar`` on the world's hub, a file's text in the place of ``FILE``."""

    def run(*words: str, file: str = "", lang: str = "en") -> tuple[int, str, str]:
        path = tmp_path / "notice.toml"
        path.write_text(file, encoding="utf-8")
        named = [str(path) if word == "FILE" else word for word in words]
        home = ["--home", str(world.hub.home.settings.home)]
        monkeypatch.setattr("sys.argv", ["hutong", "--lang", lang, "hub", "calendar", *named, *home])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


async def opened(world: Any) -> bytes:
    client = await world.client(world.market.liaison.profile)
    return bytes((await client.submit(await world.lead())).entry.message_id)


async def deadline(world: Any, item: bytes) -> int:
    client = await world.client(world.market.liaison.profile)
    known = await client.casework.GetItem(casework_pb2.GetItemRequest(item_id=item))
    return int(known.obligations[0].acknowledge_by)


def size(world: Any) -> int:
    return int(world.hub.server._recorder.size)


def test_what_contradicts_a_known_notice_names_its_document(world: Any, hub: Any) -> None:
    """Nobody slips a holiday into a year whose notice everybody has, with nothing to look it up by."""
    before = size(world)
    bent = text([dt.date(2026, 3, 2)]).replace(f"year = {YEAR}", "year = 2026")
    for source in ("operator", "by telephone, 2026-03-01", "〔2026〕"):
        for dry in (["--dry-run"], []):
            code, _, err = hub("import", "FILE", *dry, file=bent.replace(SOURCE, source))
            assert code == 1 and "HT-CAL-09" in err and "2026-01-01" in err
    assert size(world) == before
    assert hub("import", "FILE", "--dry-run", file=bent)[0] == 0, "with a number it is for others to look up"
    unknown = text([dt.date(2041, 3, 1)]).replace(f"year = {YEAR}", "year = 2041").replace(SOURCE, "operator")
    assert hub("import", "FILE", "--dry-run", file=unknown)[0] == 0, "of that year nobody knows better yet"


def test_a_dry_run_lists_what_is_touched_and_publishes_nothing(world: Any, hub: Any) -> None:
    item = world.run(opened(world))
    stands, before = world.run(deadline(world, item)), size(world)
    code, out, _ = hub("import", "FILE", "--dry-run", "-o", "json", file=text(COMING))
    (told,) = json.loads(out)["notices"]
    assert code == 0 and size(world) == before
    assert (told["index"], told["year"], told["region"], told["source"]) == (None, YEAR, "", SOURCE)
    becomes = {day["date"]: day["becomes"] for day in told["days"]}
    taken_off = [day.isoformat() for day in COMING if PUBLISHED.day(day).kind is DayKind.WEEKDAY]
    assert taken_off and all(becomes[day] == DayKind.HOLIDAY for day in taken_off)
    assert all(day["was"] != day["becomes"] for day in told["days"])
    (touched,) = told["touched"]
    assert (touched["item"], touched["agency"], touched["clock"]) == (item.hex(), "police", "acknowledge")
    assert dt.datetime.fromisoformat(touched["stands"]).timestamp() * 1000 == pytest.approx(stands, abs=1)
    assert touched["would_be"] > touched["stands"]
    assert set(touched) == {"item", "agency", "clock", "stands", "would_be"}, "nobody's name, nothing of the content"
    code, out, err = hub("import", "FILE", "--dry-run", file=text(COMING))
    assert item.hex() in out and "acknowledge" in out and "nothing was published" in err


def test_an_import_is_an_entry_and_moves_only_what_comes_after(world: Any, hub: Any) -> None:
    first = world.run(opened(world))
    stands = world.run(deadline(world, first))
    code, out, _ = hub("import", "FILE", "-o", "json", file=text(COMING))
    (told,) = json.loads(out)["notices"]
    assert code == 0 and told["index"] == size(world) - 1
    assert first.hex() in {one["item"] for one in told["touched"]}
    assert world.run(deadline(world, first)) == stands
    later = world.run(deadline(world, world.run(opened(world))))
    assert later > stands and dt.datetime.fromtimestamp(later / 1000, ZONE).date() > COMING[-1]

    async def seen_by_a_client() -> None:
        client = await world.client(world.police.liaison.profile)
        record = client.directory.records.calendars["", YEAR]
        assert record.off == tuple(day.isoformat() for day in COMING) and record.order == told["index"]
        assert client.directory.calendar_cards["", YEAR].source == SOURCE
        start = dt.datetime.combine(TODAY, dt.time(10), ZONE)
        assert not client.directory.records.timekeeping.of("police").provisional(start, start + DAY)

    world.run(seen_by_a_client())


def test_whoever_asks_for_one_agency_gets_the_calendars_too(world: Any) -> None:
    """Deadlines of that agency are counted by them."""

    async def asked() -> list[str]:
        client = await world.client(world.market.liaison.profile)
        request = directory_pb2.ListStatementsRequest(agencies=["police"])
        stream = client._directory.ListStatements(request)
        said = [header_pb2.Header.FromString(each.evidence.envelope.payload) async for each in stream]
        return [str(header.WhichOneof("kind")) for header in said]

    kinds = world.run(asked())
    assert kinds.count("agency_registered") == 1 and kinds.count("calendar_published") == 1


def test_what_stands_is_listed_with_its_source(world: Any, hub: Any) -> None:
    (listed,) = json.loads(hub("list", "-o", "json")[1])["notices"]
    assert (listed["year"], listed["version"], listed["source"]) == (YEAR, 1, SOURCE)
    code, out, _ = hub("list", lang="zh-CN")
    assert code == 0 and SOURCE in out and "全国" in out


def test_the_same_version_is_not_published_twice(world: Any, hub: Any) -> None:
    before = size(world)
    code, _, err = hub("import", "FILE", file=text(COMING[:1]))
    assert code == 1 and "HT-CAL-08" in err and size(world) == before


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("", "HT-CAL-01"),
        (text([COMING[1], COMING[0]], version=9), "HT-CAL-02"),
        (text(COMING, version=9).replace(SOURCE, ""), "HT-CAL-02"),
        (text(COMING, version=9).replace(SOURCE, r"a\u0007b"), "HT-CAL-02"),
    ],
    ids=["nothing", "out of order", "no source", "a bell"],
)
def test_a_wrong_file_is_refused_before_anything_is_ordered(world: Any, hub: Any, file: str, wanted: str) -> None:
    before = size(world)
    code, _, err = hub("import", "FILE", file=file)
    assert code == 1 and wanted in err and size(world) == before


def test_a_file_that_is_wrong_in_its_second_notice_publishes_no_first(world: Any, hub: Any) -> None:
    before = size(world)
    two = text(COMING[:1], region="450000") + text(COMING, version=1)
    code, _, err = hub("import", "FILE", file=two)
    assert code == 1 and "HT-CAL-08" in err and size(world) == before


def test_a_correction_takes_its_place(world: Any, hub: Any) -> None:
    two = text(COMING[:1], region="450000") + text([], version=2)
    code, out, _ = hub("import", "FILE", file=two, lang="zh-CN")
    assert code == 0 and out.count("已公布：日志第") == 2
    assert "延期" in out, "the lead that was counted by the first version is touched"
    with reading(world.hub.engine) as connection:
        stored = load_directory(connection, 0)
    assert {key: one.version for key, one in stored.calendars.items()} == {("", YEAR): 2, ("450000", YEAR): 1}
    assert world.hub.server._standing.directory.calendars == stored.calendars


def test_an_agency_that_says_it_is_a_calendar_is_refused(world: Any) -> None:
    async def story() -> None:
        head = world.market.head
        client = await world.client(head.profile)
        said = kinds_pb2.CalendarPublished(year=YEAR, version=3)
        forged = await world.write(
            Letter("calendar_published", said, card=b"\n\x01x"), world.market.officer(head), head.profile
        )
        with pytest.raises(Refused):
            await client.submit(forged)

    before = size(world)
    world.run(story())
    assert world.hub.server._standing.directory.calendars["", YEAR].version == 2 and size(world) <= before + 1


def test_hours_outlive_the_hubs_memory(world: Any) -> None:
    async def story() -> None:
        head = world.police.head
        client = await world.client(head.profile)
        said = kinds_pb2.HoursSet(
            stretches=[kinds_pb2.WorkingStretch(opens=480, closes=960)],
            valid_from=(TODAY + DAY).isoformat(),
            season_from="06-01",
            season_to="09-30",
        )
        accepted = await client.submit(
            await world.write(Letter("hours_set", said), world.police.officer(head), head.profile)
        )
        with reading(world.hub.engine) as connection:
            stored = load_directory(connection, 0)
        (kept,) = stored.hours.values()
        assert (kept.agency, kept.stretches, kept.order) == ("police", ((480, 960),), accepted.index)
        assert stored.hours == world.hub.server._standing.directory.hours
        liaison = world.police.liaison.profile
        with pytest.raises(Refused) as caught:
            by_liaison = await world.write(Letter("hours_set", said), world.police.officer(), liaison)
            await (await world.client(liaison)).submit(by_liaison)
        assert caught.value.code == "HT-DIR-04"

    world.run(story())


def test_what_was_published_late_replays(world: Any, tmp_path: Path) -> None:
    """To the byte, with each entry naming the calendar that was in force; and not once anybody bends it."""
    write(world.hub.home, world.hub.engine, tmp_path / "export")
    report = verify(tmp_path / "export", check_statements=Replay)
    assert report.ok, report.faults
    claims = (tmp_path / "export/claims.json").read_text()
    assert claims.count('"record":"PublishedCalendar"') == 2
    assert '"record":"AgencyHours"' in (tmp_path / "export/directory/police.json").read_text()
