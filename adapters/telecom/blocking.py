"""Domains of a lead or a supplement → block lists: a hosts file and an adblock file, for whoever filters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.contract import NativeFile, OpenedStatement
from adapters.telecom.lists import ADBLOCK, COMMENT, HOSTS, LOCAL, RULE, SINK, is_domain, sunk
from hutong.v1 import body_pb2, codes_pb2

MEDIA_TYPE = "text/plain"
DEFAULT_SINK = "0.0.0.0"  # noqa: S104 - where nothing is, not what to listen on

_T = codes_pb2
_LINE_END = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_ADDRESS = re.compile(r"[0-9a-fA-F.:]{2,45}")
_HTTP = re.compile(r"https?://[^\s|^$,]+", re.IGNORECASE)
_HOSTS_RULE = re.compile(r"[0-9a-fA-F.:]{2,45} \S+")
_ADBLOCK_RULE = re.compile(r"\|\|\S+")


def blocked(body: body_pb2.Body) -> bool:
    """Whether ``body`` names something that a list can block."""
    return body.WhichOneof("content") == "lead" and any(_named(body.lead))


def only_lists(body: body_pb2.Body) -> bool:
    """Whether the lists say everything that ``body`` says to act on."""
    lead = body.lead
    beside = lead.subjects or lead.narrative or lead.occurred_on or lead.place or lead.amounts
    sorts = {_T.IDENTIFIER_TYPE_DOMAIN, _T.IDENTIFIER_TYPE_IP_ADDRESS, _T.IDENTIFIER_TYPE_URL}
    return not beside and all(one.type in sorts for one in lead.indicators)


def render(statement: OpenedStatement) -> list[NativeFile]:
    """The hosts file, which names domains, and the adblock file, which names addresses and pages as well."""
    name = statement.header.message_id.hex()
    body = statement.body
    head = [f"Title: {_line(body.lead.title)}", f"Reference: {name}"]
    kept = {sort: list(_kept(body, sort)) for sort in (HOSTS, ADBLOCK)}
    hosts = [*(kept[HOSTS] or [f"# {line}" for line in head]), *_hosts(body)]
    adblock = ["[Adblock Plus 2.0]", *(kept[ADBLOCK] or [f"! {line}" for line in head]), *_adblock(body)]
    return [
        NativeFile(f"{name}.hosts.txt", MEDIA_TYPE, ("\n".join(hosts) + "\n").encode()),
        NativeFile(f"{name}.adblock.txt", MEDIA_TYPE, ("\n".join(adblock) + "\n").encode()),
    ]


def _kept(body: body_pb2.Body, sort: str) -> Iterator[str]:
    """Comments and rules of the list that came in, in its own syntax only. Rules that block something which is no
    indicator stand there for people to see, and are none any more: nothing is blocked that the lead does not name."""
    mark = "#" if sort == HOSTS else "!"
    harmless = _local if sort == HOSTS else _exempting
    for extra in body.extras:
        line = _line(extra.value)
        if extra.path == f"{sort}/{COMMENT}" and line[:1] in (mark, "#", "!") and not line.startswith("##"):
            yield line
        elif extra.path == f"{sort}/{RULE}" and line:
            yield line if harmless(line) else f"{mark} {line}"


def _local(line: str) -> bool:
    """A line about the machine itself."""
    found = sunk(line)
    return found is not None and all(name.lower() in LOCAL for name in found[1])


def _exempting(line: str) -> bool:
    """A rule that lets something through, or hides a part of a page."""
    return line.startswith("@@") or "##" in line or "#@#" in line


def _hosts(body: body_pb2.Body) -> Iterator[str]:
    sink = next(
        (one.value for one in body.extras if one.path == f"{HOSTS}/{SINK}" and _ADDRESS.fullmatch(one.value)), ""
    )
    for one in _once(body.lead, _T.IDENTIFIER_TYPE_DOMAIN, _T.IDENTIFIER_TYPE_IP_ADDRESS):
        own = _HOSTS_RULE.fullmatch(one.pattern) and one.pattern.split()[1].rstrip(".") == one.value
        # An address is what a hosts file maps to; as a name it stands only where the list that came in had it so.
        if one.type == _T.IDENTIFIER_TYPE_IP_ADDRESS and not sink:
            continue
        line = one.pattern if own else f"{sink or DEFAULT_SINK} {one.value}"
        yield line + (f" # {_line(one.description)}" if one.description and sink else "")


def _adblock(body: body_pb2.Body) -> Iterator[str]:
    for one in _once(body.lead, _T.IDENTIFIER_TYPE_DOMAIN, _T.IDENTIFIER_TYPE_IP_ADDRESS):
        own = _ADBLOCK_RULE.fullmatch(one.pattern) and one.pattern.startswith(f"||{one.value}")
        yield one.pattern if own else f"||{one.value}^"
    for one in _once(body.lead, _T.IDENTIFIER_TYPE_URL):
        yield f"|{one.value}"


def _once(lead: body_pb2.LeadBody, *sorts: codes_pb2.IdentifierType.ValueType) -> Iterator[body_pb2.Indicator]:
    seen: set[tuple[str, str]] = set()
    for one in _named(lead):
        if one.type in sorts and (one.value.lower(), one.pattern) not in seen:
            seen.add((one.value.lower(), one.pattern))
            yield one


def _named(lead: body_pb2.LeadBody) -> Iterator[body_pb2.Indicator]:
    """Domains, addresses and pages in indicators and among what identifies subjects; well-formed ones only."""
    yield from (one for one in lead.indicators if _fits(one.type, one.value))
    for subject in lead.subjects:
        for identifier in subject.identifiers:
            if _fits(identifier.type, identifier.value):
                yield body_pb2.Indicator(type=identifier.type, value=identifier.value)


def _fits(kind: codes_pb2.IdentifierType.ValueType, value: str) -> bool:
    if kind == _T.IDENTIFIER_TYPE_DOMAIN:
        return is_domain(value)
    if kind == _T.IDENTIFIER_TYPE_IP_ADDRESS:
        return bool(_ADDRESS.fullmatch(value))
    return kind == _T.IDENTIFIER_TYPE_URL and bool(_HTTP.fullmatch(value))


def _line(text: str) -> str:
    """``text`` on one line: what a party sends must not become rules of its own."""
    return _LINE_END.sub(" ", text).strip()
