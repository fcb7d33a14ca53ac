"""Archives that mean harm, and archives of old systems."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.police import zips
from hutong.errors import HutongError


def packed(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def code(work: Callable[[], object]) -> str:
    with pytest.raises(HutongError) as caught:
        work()
    return caught.value.code


def test_files_come_as_they_are() -> None:
    data = packed(("一/甲.txt", b"1" * 5000), ("b.bin", bytes(range(256))), ("dir/", b""), ("__MACOSX/x", b"x"))
    archive = zips.open_archive(data)
    assert [(one.name, one.size) for one in archive.members] == [("一/甲.txt", 5000), ("b.bin", 256)]
    assert archive.read(archive.members[1]) == bytes(range(256))


def test_names_of_older_systems() -> None:
    """GBK names without a flag, as Windows wrote them for twenty years; UTF-8 without a flag, as some tools do."""
    for encoding in ("gb18030", "utf-8"):
        raw = "移送书.pdf".encode(encoding)
        placeholder = "x" * len(raw)
        data = packed((placeholder, b"1")).replace(placeholder.encode(), raw)
        (member,) = zips.open_archive(data).members
        assert member.name == "移送书.pdf"
        assert zips.open_archive(data).read(member) == b"1"
    backslashed = packed(("a_b.txt", b"1")).replace(b"a_b.txt", b"a\\b.txt")
    assert [one.name for one in zips.open_archive(backslashed).members] == ["a/b.txt"]


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/etc/passwd", "C:/a", "a//b", "a\nb", "..\\a", "\\\\host\\a", "a\x7fb", "c:\\a"]
)
def test_names_that_lead_out(name: str) -> None:
    assert code(lambda: zips.open_archive(packed((name, b"x")))) == "HT-ADP-235"


def test_links_lead_out() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert code(lambda: zips.open_archive(out.getvalue())) == "HT-ADP-235"


@pytest.mark.parametrize(("one", "other"), [("a.pdf", "a.pdf"), ("a.pdf", "A.PDF"), ("é.pdf", "é.pdf")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name(one: str, other: str) -> None:
    assert code(lambda: zips.open_archive(packed((one, b"1"), (other, b"2")))) == "HT-ADP-236"


def test_a_password() -> None:
    data = bytearray(packed(("a", b"x" * 100)))
    at = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[at + 8] |= 1
    assert code(lambda: zips.open_archive(bytes(data))) == "HT-ADP-234"


def test_bombs() -> None:
    bomb = packed(("a", bytes(8 * 1024 * 1024)))
    assert len(bomb) < 20_000 and code(lambda: zips.open_archive(bomb)) == "HT-ADP-233"
    many = packed(*((str(number), b"") for number in range(zips.MAX_MEMBERS + 1)))
    assert code(lambda: zips.open_archive(many)) == "HT-ADP-233"


def test_a_bomb_that_lies_about_its_size() -> None:
    """The directory says a hundred bytes; what unpacks is refused before it fills memory."""
    data = bytearray(packed(("a", bytes(32 * 1024 * 1024))))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)
    archive = zips.open_archive(bytes(data))
    tracemalloc.start()
    assert code(lambda: archive.read(archive.members[0])) in ("HT-ADP-232", "HT-ADP-233")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_large_files_are_read_in_pieces() -> None:
    archive = zips.open_archive(packed(("a", random.Random(1).randbytes(10_000_000))))
    tracemalloc.start()
    assert sum(map(len, archive.pieces(archive.members[0]))) == 10_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 1024 * 1024


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage(data: st.DataObject) -> None:
    """Whatever is broken: an error of ours, or the bytes that were packed."""
    whole = packed(("a.txt", b"hello " * 200), ("目录/b.bin", bytes(range(256))))
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 3)) :]
    try:
        archive = zips.open_archive(broken)
        for member in archive.members:
            archive.read(member)
    except HutongError as error:
        assert error.code.startswith("HT-ADP-23")


def test_the_same_files_make_the_same_archive() -> None:
    files = [("移送书.pdf", b"1"), ("b", b"2" * 1000)]
    made = zips.make(files)
    assert made == zips.make(files)
    archive = zips.open_archive(made)
    assert [(one.name, archive.read(one)) for one in archive.members] == files
