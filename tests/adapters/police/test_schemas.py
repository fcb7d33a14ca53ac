"""The schemas that are carried: named with their sources, read without a network, and strict."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest
from lxml import etree

from adapters.police import schemas
from hutong.errors import HutongError

FOLDER = Path(__file__).parents[3] / "adapters" / "police" / "schemas"


def test_sources_name_every_schema() -> None:
    rows = [line.split("\t") for line in (FOLDER / "SOURCES.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    files = [one for one in FOLDER.rglob("*") if one.is_file() and one.name != "SOURCES.tsv"]
    assert sorted(row[0] for row in rows) == sorted(str(one.relative_to(FOLDER)) for one in files)
    for row in rows:
        data = (FOLDER / row[0]).read_bytes()
        assert (row[1], row[2]) == (str(len(data)), hashlib.sha256(data).hexdigest()), row[0]


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("somebody wants the network")

    monkeypatch.setattr(socket, "socket", refused)
    schemas._read.cache_clear()
    assert all(schemas.load(tag) is not None for tag in schemas._FILES)
    # libxml2 opens its own sockets: nothing in the files may give it a reason to.
    for file in FOLDER.rglob("*.xsd"):
        for one in etree.parse(file).iter("{http://www.w3.org/2001/XMLSchema}import"):
            location = one.get("schemaLocation", "")
            assert location and (file.parent / location).is_file(), (file, location)


def test_a_fault_names_the_place_and_no_value(samples: Path) -> None:
    data = (samples / "police" / "nibrs_GroupAIncident_Sample.xml").read_bytes()
    root = etree.fromstring(data.replace(b"<nibrs:OffenseUCRCode>13A<", b"<nibrs:OffenseUCRCode>SECRET<"))
    with pytest.raises(HutongError) as caught:
        schemas.check(root, "NIBRS 2019")
    assert caught.value.code == "HT-XML-04"
    assert caught.value.params["where"] == "/Submission/Report/Offense/OffenseUCRCode"
    assert "SECRET" not in str(caught.value.params)


def test_a_root_without_schema_is_not_judged() -> None:
    assert schemas.check(etree.fromstring("<a/>"), "a") is False
