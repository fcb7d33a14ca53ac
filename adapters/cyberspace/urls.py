"""Lists of URLs, one a line, as people mail them: defanged (hxxp, [.]), with remarks after "#" and a TLP label in one
of them. Nothing is resolved or fetched.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from adapters import text as texts
from adapters.cyberspace import markings
from adapters.draft import MAX_NATIVE_BYTES, DeadLetter, Draft, Note, enclose
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "url-list"
NATIVE_FORMAT = "text/plain; charset=utf-8; format=urls"
MAX_LINES_PER_LEAD = 10_000
MAX_LINE_CHARS = 8192

_LINE_END = re.compile(r"\r\n|\r|\n")
_SCHEME = re.compile(r"^(?:hxxp|htxp|h\*\*p|hXXp|http|meow|fxp|ftp)(s?)(?:\[://\]|\[?:\]?//)", re.IGNORECASE)
_DOTS = re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\[\.|\.\]", re.IGNORECASE)
_COLONS = re.compile(r"\[:\]")
_HOST = re.compile(r"(?=.{1,253}$)(?:[\w-]{1,63}\.)+[^\W\d_][\w-]{1,62}\.?", re.UNICODE)
_URL = re.compile(
    r"(?:https?|ftps?)://(?P<host>\[[0-9a-fA-F:.]+\]|[^\s/?#:@\[\]]+(?:@[^\s/?#:@\[\]]+)?)(?::\d{1,5})?(?:[/?#]\S*)?"
)
_REMARK = re.compile(r"\s+#.*$")
_COMMENTS = ("#", "//", ";")


def leads(text: str, now: datetime) -> Iterator[Draft | DeadLetter]:
    """One Lead for each MAX_LINES_PER_LEAD lines with something new in them, and a dead letter for each line that is
    neither URL, domain nor address. HT-ADP-11 unless most lines are; HT-STX-01 to -03 where a remark marks the list."""
    lines = _LINE_END.split(text)
    if not _is_list(lines):
        raise HutongError("HT-ADP-11", agency="cyberspace")
    remarks = ((f"line {number}", line) for number, line in enumerate(lines, 1) if _remark(line))
    marked = markings.judge_labels((where, label) for where, line in remarks for label in markings.spoken(line))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    seen: set[str] = set()
    group: list[body_pb2.Indicator] = []
    made = twice = 0
    for number, line in enumerate(lines, 1):
        said = _REMARK.sub("", line.strip())
        if not said or _remark(line):
            continue
        try:
            kind, value = read(said)
        except HutongError as error:
            yield DeadLetter.of(f"line {number}", error)
            continue
        if value in seen:
            twice += 1
            continue
        seen.add(value)
        group.append(body_pb2.Indicator(type=kind, value=value))
        if len(group) == MAX_LINES_PER_LEAD:
            made += 1
            yield _lead(group, f"{digest}-{made}", marked, now, [])
            group = []
    if group or not seen:
        notes = [Note.of("urls-twice", count=twice)] if twice else []
        whole = text if made == 0 and texts.flaw(text) is None else ""
        yield _lead(group, f"{digest}-{made + 1}" if made else digest, marked, now, notes, whole)


def read(line: str) -> tuple[codes_pb2.IdentifierType.ValueType, str]:
    """What one line names, with its teeth again. HT-ADP-267 if that is no URL, domain or address, HT-ADP-13, -14 for
    damaged text."""
    if flaw := texts.flaw(line):
        raise HutongError(flaw)
    value = refang(line)
    if len(value) <= MAX_LINE_CHARS:
        if _URL.fullmatch(value):
            return codes_pb2.IDENTIFIER_TYPE_URL, value
        if _address(value):
            return codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS, value
        if _HOST.fullmatch(value):
            return codes_pb2.IDENTIFIER_TYPE_DOMAIN, value
    raise HutongError("HT-ADP-267")


def refang(text: str) -> str:
    """``text`` without what makes a URL harmless to click on."""
    plain = _COLONS.sub(":", _DOTS.sub(".", text.strip().strip("<>")))
    found = _SCHEME.match(plain)
    if not found:
        return plain
    scheme = "ftp" if plain[:1].lower() == "f" else "http"
    return f"{scheme}{found[1].lower()}://{plain[found.end() :]}"


def defang(value: str) -> str:
    """``value`` as nobody follows it by mistake: hxxp, and [.] in the host."""
    scheme, mark, rest = value.partition("://")
    if not mark:
        return value.replace(".", "[.]")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    safe = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ftps": "fxps"}.get(scheme.lower(), scheme)
    return f"{safe}://{host.replace('.', '[.]')}{rest[len(host) :]}"


def write(indicators: list[body_pb2.Indicator], label: str) -> bytes:
    """A list of what in ``indicators`` is a URL, domain or address, under its TLP label."""
    kinds = (
        codes_pb2.IDENTIFIER_TYPE_URL,
        codes_pb2.IDENTIFIER_TYPE_DOMAIN,
        codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS,
    )
    lines = dict.fromkeys(
        defang(one.value) for one in indicators if one.type in kinds and one.value and not re.search(r"\s", one.value)
    )
    return "\n".join([f"# {label.upper()}", *lines, ""]).encode()


def _is_list(lines: list[str]) -> bool:
    """Whether most lines name something, and one of the first does so as a URL or defanged."""
    said = [_REMARK.sub("", line.strip()) for line in lines[:2000] if line.strip() and not _remark(line)]
    if not said:
        return False
    good = 0
    certain = False
    for line in said:
        try:
            kind, value = read(line)
        except HutongError:
            continue
        good += 1
        certain |= kind == codes_pb2.IDENTIFIER_TYPE_URL or value != line
    return certain and good * 2 > len(said)


def _remark(line: str) -> bool:
    return line.lstrip().startswith(_COMMENTS)


def _address(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return "." in value or ":" in value


def _lead(
    indicators: list[body_pb2.Indicator],
    record: str,
    marked: markings.Marked,
    now: datetime,
    notes: list[Note],
    native: str = "",
) -> Draft:
    counts = Counter(one.type for one in indicators)
    facts = kinds_pb2.Lead(
        source=codes_pb2.LEAD_SOURCE_INDICATOR,
        received_on=now.date().isoformat(),
        participants=codes_pb2.PARTICIPANT_BAND_UNKNOWN,
        amount=codes_pb2.AMOUNT_BAND_UNKNOWN,
    )
    for kind, count in sorted(counts.items()):
        facts.identifiers.add(type=kind, count=count)
    first = indicators[0].value if indicators else ""
    title = defang(first) if len(indicators) == 1 else f"{defang(first)} … ({len(indicators)})"
    body = body_pb2.Body(
        version=1,
        source_system=SOURCE_SYSTEM,
        source_record=record,
        lead=body_pb2.LeadBody(title=title, indicators=indicators),
    )
    if not marked.explicit:
        notes = [*notes, Note.of("stix-unmarked")]
    data = native.encode()
    if native and len(data) <= MAX_NATIVE_BYTES:
        enclose(body, data, NATIVE_FORMAT)
    else:
        enclose(body, b"", "")
        notes = [*notes, Note.of("adapter-native-left-out")]
    return Draft(
        "lead",
        facts,
        header_pb2.CommonFacts(form=codes_pb2.FORM_ONLINE, offences=[codes_pb2.OFFENCE_NONE_KNOWN]),
        body,
        record,
        handling=marked.handling,
        notes=tuple(notes),
    )
