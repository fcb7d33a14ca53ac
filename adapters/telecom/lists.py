"""Block lists in hosts syntax (hosts(5)) and adblock syntax → Leads with indicators. Nothing is ever resolved.

A list is one lead, or several where it does not fit into one body. Comments and rules that are not about domains are
kept.
"""

from __future__ import annotations

import hashlib
import io
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice

from adapters import text as texts
from adapters.draft import MAX_BODY_BYTES, MAX_NATIVE_BYTES, DeadLetter, Draft, Note, enclose
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "block-list"
HOSTS, ADBLOCK = "hosts", "adblock"
COMMENT, RULE, SINK = "comment", "rule", "sink"
"""Paths in Body.extras, behind the list's sort: what it says beside its domains."""

_HEAD_LINES = 200
_ROOM = MAX_BODY_BYTES - 64 * 1024
_MAX_LINE_CHARS = 4096
_MAX_COUNT = 1_000_000
_TITLE_CHARS = 120
_LABEL = r"[\w](?:[\w-]{0,61}[\w])?"
_NAME = re.compile(rf"(?=.{{1,253}}\.?\Z){_LABEL}(?:\.{_LABEL})+\.?")
_HOSTS_LINE = re.compile(r"\s*([0-9a-fA-F.:]{2,45}(?:%\w+)?)[ \t]+([^#\s][^#]*?)\s*(?:#(.*))?")
BLOCK = re.compile(r"(@@)?\|\|([^/^$|*\s]+)(\^?\|?)(\$\S+)?")
_TITLE = re.compile(r"[#!]\s*(?:title\s*[:：])?\s*(\S.*)", re.IGNORECASE)
# What the hosts file of a machine says about itself (hosts(5)).
LOCAL = frozenset(
    {
        "localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-localnet",
        "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0",  # noqa: S104 - a name that stands in hosts files
    }
)  # fmt: skip


@dataclass(slots=True)
class _Entry:
    """One indicator with where it stood: ``value`` empty for what is only kept, as ``path``."""

    line: int
    value: str = ""
    address: bool = False
    pattern: str = ""
    description: str = ""
    path: str = ""
    kept: str = ""


@dataclass
class _Reading:
    """What reading a list has shown beside its entries."""

    sort: str
    sink: str = ""
    title: str = ""
    kept: int = 0
    again: int = 0
    seen: set[str] = field(default_factory=set)


def sort(text: str) -> str:
    """The syntax of the list that ``text`` is, "" if it is none: most lines with content must be its rules."""
    lines = [
        line.strip() for line in islice(io.StringIO(text, newline=None), _HEAD_LINES) if len(line) <= _MAX_LINE_CHARS
    ]
    if lines and lines[0].startswith("[Adblock"):
        return ADBLOCK
    content = [line for line in lines if line and line[0] not in "#!["]
    adblock = sum(bool(BLOCK.fullmatch(line)) for line in content)
    hosts = sum(bool(sunk(line)) for line in content)
    if content and hosts * 2 > len(content):
        return HOSTS
    return ADBLOCK if content and adblock * 2 > len(content) else ""


def read(text: str, syntax: str, today: date, data: bytes) -> Iterator[Draft | DeadLetter]:
    """The list's dead letters, then its drafts."""
    reading = _Reading(syntax)
    bodies: list[body_pb2.Body] = []
    size = 0
    for entry in _entries(text, reading):
        if isinstance(entry, DeadLetter):
            yield entry
            continue
        added = len((entry.value + entry.pattern + entry.description + entry.path + entry.kept).encode()) + 24
        if not bodies or size + added > _ROOM:
            bodies.append(body_pb2.Body(lead=body_pb2.LeadBody()))
            size = 0
        size += added
        _add(bodies[-1], entry, reading)
    if not any(body.lead.indicators for body in bodies):
        yield DeadLetter.of("/", HutongError("HT-ADP-18"))
        return
    digest = hashlib.sha256(data).hexdigest()[:32]
    for number, body in enumerate(bodies, 1):
        yield _draft(body, reading, today, data, digest, number, len(bodies))


def is_domain(name: str) -> bool:
    """Whether ``name`` is a domain name of at least two labels, as written or in IDNA form."""
    return bool(_NAME.fullmatch(name)) and not name.rstrip(".").rpartition(".")[2].isdigit()


def _entries(text: str, reading: _Reading) -> Iterator[_Entry | DeadLetter]:
    flawed = texts.flaw(text) is not None
    parse = _hosts if reading.sort == HOSTS else _adblock
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        said = line.strip()
        if not said:
            continue
        if flawed and (code := texts.flaw(line)):
            yield DeadLetter.of(f"line {number}", HutongError(code))
        elif len(line) > _MAX_LINE_CHARS:
            yield DeadLetter.of(f"line {number}", HutongError("HT-ADP-17", limit=_MAX_LINE_CHARS))
        else:
            found = parse(said, number, reading)
            if not found:
                yield DeadLetter.of(f"line {number}", HutongError("HT-ADP-207"))
            yield from (one for one in found if _first(one, reading))


def _first(entry: _Entry, reading: _Reading) -> bool:
    if not entry.value:
        return True
    key = (entry.pattern or entry.value).lower()
    again = key in reading.seen
    reading.again += again
    reading.seen.add(key)
    return not again


def _hosts(line: str, number: int, reading: _Reading) -> list[_Entry]:
    if line[0] in "#!":
        return [_comment(line, number, reading)]
    found = sunk(line)
    if not found:
        return []
    address, names, comment = found
    if not all(name.lower() in LOCAL for name in names):
        reading.sink = reading.sink or address
    # Another address than the list's first is part of what the line says.
    entries = []
    for name in names:
        if name.lower() in LOCAL:
            entries.append(_Entry(number, path=RULE, kept=f"{address} {name}"))
            continue
        plain = name.rstrip(".") if name.endswith(".") else name
        numeric = _is_address(name)
        if not numeric and not is_domain(name):
            return []
        pattern = "" if address == reading.sink and plain == name else f"{address} {name}"
        entries.append(_Entry(number, plain, numeric, pattern, comment))
    return entries


def sunk(line: str) -> tuple[str, list[str], str] | None:
    """Address, names and comment of a hosts line; None if it is none."""
    found = _HOSTS_LINE.fullmatch(line)
    if not found or not _is_address(found[1].partition("%")[0]):
        return None
    return found[1], found[2].split(), (found[3] or "").strip()


def _adblock(line: str, number: int, reading: _Reading) -> list[_Entry]:
    if line[0] in "!#[" and not line.startswith("##"):
        return [_comment(line, number, reading)]
    found = BLOCK.fullmatch(line)
    if found and not found[1]:
        name = found[2]
        numeric = _is_address(name)
        if not numeric and not is_domain(name):
            return []
        return [_Entry(number, name, numeric, "" if line == f"||{name}^" else line)]
    reading.kept += 1
    return [_Entry(number, path=RULE, kept=line)]


def _comment(line: str, number: int, reading: _Reading) -> _Entry:
    found = _TITLE.fullmatch(line)
    if found and not reading.title:
        reading.title = found[1][:_TITLE_CHARS]
    return _Entry(number, path=COMMENT, kept=line)


def _is_address(text: str) -> bool:
    # Almost all texts here are names, which end in a letter.
    return (text[-1:].isdigit() or ":" in text) and _parses(text)


@lru_cache(maxsize=256)
def _parses(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _add(body: body_pb2.Body, entry: _Entry, reading: _Reading) -> None:
    if not entry.value:
        body.extras.add(path=f"{reading.sort}/{entry.path}", value=entry.kept)
        return
    body.lead.indicators.add(
        type=codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS if entry.address else codes_pb2.IDENTIFIER_TYPE_DOMAIN,
        value=entry.value,
        pattern=entry.pattern,
        description=entry.description,
    )


def _draft(
    body: body_pb2.Body, reading: _Reading, today: date, data: bytes, digest: str, number: int, count: int
) -> Draft:
    body.version = 1
    body.source_system = SOURCE_SYSTEM
    body.source_record = digest if count == 1 else f"{digest}/{number}-{count}"
    body.extras.add(path=f"{reading.sort}/{SINK}", value=reading.sink)
    body.lead.title = reading.title or say("telecom-list-title", "zh")
    counts = Counter(one.type for one in body.lead.indicators)
    body.lead.summary = f"{reading.sort} {sum(counts.values())}"
    facts = kinds_pb2.Lead(
        source=codes_pb2.LEAD_SOURCE_INDICATOR,
        received_on=today.isoformat(),
        participants=codes_pb2.PARTICIPANT_BAND_UNKNOWN,
        amount=codes_pb2.AMOUNT_BAND_UNKNOWN,
        identifiers=[
            kinds_pb2.IdentifierCount(type=kind, count=min(one, _MAX_COUNT)) for kind, one in sorted(counts.items())
        ],
    )
    notes = _notes(reading, number, count)
    if count > 1 or len(data) > MAX_NATIVE_BYTES:
        notes.append(Note.of("adapter-native-left-out"))
    enclose(body, data if count == 1 else b"", f"text/plain; syntax={reading.sort}")
    common = header_pb2.CommonFacts(form=codes_pb2.FORM_ONLINE, offences=[codes_pb2.OFFENCE_NONE_KNOWN])
    return Draft("lead", facts, common, body, body.source_record, notes=tuple(notes))


def _notes(reading: _Reading, number: int, count: int) -> list[Note]:
    notes = [Note.of("telecom-rules-kept", count=reading.kept)] if reading.kept else []
    if reading.again:
        notes.append(Note.of("telecom-list-duplicates", count=reading.again))
    if count > 1:
        notes.append(Note.of("telecom-part", number=number, count=count))
    return notes
