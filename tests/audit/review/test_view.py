"""What ``hutong audit show`` says of a statement: instants as people read them, whatever kind carries them."""

from __future__ import annotations

from pathlib import Path

from audit.review.view import view
from hutong.signing.dsse import PAYLOAD_TYPE
from hutong.v1 import header_pb2, kinds_pb2
from hutong.v1.envelope_pb2 import Envelope
from tests.cases import at
from tests.towns import Town


def shown(header: header_pb2.Header, folder: Path) -> dict[str, object]:
    file = folder / "000.pb"
    file.write_bytes(Envelope(payload=header.SerializeToString(), payload_type=PAYLOAD_TYPE).SerializeToString())
    return view(file)


def test_the_times_of_a_roster_are_read_as_times(tmp_path: Path) -> None:
    town = Town.make()
    facts = kinds_pb2.RosterPublished(begins=at("2026-10-12T09:00"), ends=at("2026-10-19T09:00"), shift_minutes=1440)
    said = shown(town.header("roster_published", "police", town.houses["police"].head, facts=facts), tmp_path)
    assert said["roster_published.begins"] == "2026-10-12 09:00:00.000+08:00 (2026-10-12 01:00:00.000 UTC)"
    assert str(said["roster_published.ends"]).startswith("2026-10-19 09:00")
    assert (said["roster_published.shift_minutes"], said["client_sequence"]) == (1440, 1), "numbers stay numbers"


def test_a_deadline_is_read_as_one(tmp_path: Path) -> None:
    facts = kinds_pb2.ExtensionAsked(until=at("2026-10-30T17:30"), reason=1)
    said = shown(Town.make().header("extension_asked", "police", facts=facts), tmp_path)
    assert str(said["extension_asked.until"]).startswith("2026-10-30 17:30:00")
