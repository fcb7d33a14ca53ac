"""Whatever bytes come in, a conversion comes out: never an exception, never silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.draft import Conversion

SAMPLES = Path(__file__).parents[2] / "demo" / "samples"
AGENCIES = ("banking", "cyberspace", "education", "market", "police", "telecom")
KINDS = (".xml", ".json", ".csv", ".txt", ".zip", ".xlsx")
SEEDS = {
    agency: [f.read_bytes()[:12_000] for f in sorted((SAMPLES / agency).iterdir()) if f.suffix in KINDS]
    for agency in AGENCIES
}
SPICE = st.sampled_from(
    [
        b"",
        b"\x00",
        b"\xff",
        b'"',
        b"'",
        b"\n",
        b",",
        b"{",
        b"]",
        b"<",
        b"&",
        b"\xd6\xd0",
        b"NaN",
        b"\\ud800",
        b"null",
        b"-1",
    ]
)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("agency", AGENCIES)
@quick
@given(data=st.binary(max_size=400))
def test_any_bytes(agency: str, data: bytes, convert: Callable[[str, bytes], Conversion]) -> None:
    convert(agency, data)


@pytest.mark.parametrize("agency", AGENCIES)
@quick
@given(data=st.data())
def test_damaged_samples(agency: str, data: st.DataObject, convert: Callable[[str, bytes], Conversion]) -> None:
    sample = data.draw(st.sampled_from(SEEDS[agency]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(sample)))
        end = data.draw(st.integers(start, min(len(sample), start + 200)))
        sample = sample[:start] + data.draw(SPICE) + sample[end:]
    convert(agency, sample)


@pytest.mark.parametrize("agency", AGENCIES)
@quick
@given(text=st.text(alphabet='{}[]":,\\ntulfase0123456789.-eE \n\ud800\x00', max_size=120))
def test_almost_json(agency: str, text: str, convert: Callable[[str, bytes], Conversion]) -> None:
    convert(agency, text.encode("utf-8", "surrogatepass"))


@quick
@given(text=st.text(alphabet='",;\t|\n\r中a1 ', max_size=150))
def test_almost_csv(text: str, convert: Callable[[str, bytes], Conversion]) -> None:
    convert("market", ("投诉编号,投诉内容,被投诉主体\n" + text).encode())


@pytest.mark.parametrize("agency", AGENCIES)
def test_other_agencies_files(agency: str, convert: Callable[[str, bytes], Conversion]) -> None:
    for other in AGENCIES:
        if other != agency:
            for sample in sorted((SAMPLES / other).iterdir()):
                conversion = convert(agency, sample.read_bytes())
                assert not conversion.drafts, sample.name
                assert [letter.code for letter in conversion.dead_letters] == ["HT-ADP-11"], sample.name
