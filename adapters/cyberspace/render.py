"""A Lead → STIX 2.1, a MISP event, or a list of URLs, in the form that it came in; STIX for leads of others."""

from __future__ import annotations

from collections.abc import Sequence

from adapters import plain
from adapters.contract import NativeFile, OpenedStatement
from adapters.cyberspace import faithful, markings, misp, misp_writing, stix_writing, urls


def render(statement: OpenedStatement) -> list[NativeFile]:
    """One file, marked as strictly as the statement is handled. A record that came as it is now goes on as it came.
    Kinds other than Lead come in the contract's own JSON."""
    if not _is_lead(statement):
        return plain.render(statement)
    own = faithful.original(statement)
    if own is not None:
        return [own]
    if statement.body.source_system == misp.SOURCE_SYSTEM:
        return [misp_writing.write(statement)]
    if statement.body.source_system == urls.SOURCE_SYSTEM:
        return [_urls(statement)]
    return [stix_writing.write(statement)]


def as_stix(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """Each lead as a bundle."""
    return [file for one in statements for file in ([stix_writing.write(one)] if _is_lead(one) else plain.render(one))]


def as_misp(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """Each lead as an event."""
    return [file for one in statements for file in ([misp_writing.write(one)] if _is_lead(one) else plain.render(one))]


def as_urls(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """What each lead names of URLs, domains and addresses, one a line."""
    return [file for one in statements for file in ([_urls(one)] if _is_lead(one) else plain.render(one))]


def _urls(statement: OpenedStatement) -> NativeFile:
    label = markings.label(statement.header.handling)
    data = urls.write(list(statement.body.lead.indicators), label)
    return NativeFile(f"{statement.header.message_id.hex()}.urls.txt", "text/plain", data)


def _is_lead(statement: OpenedStatement) -> bool:
    return statement.header.WhichOneof("kind") == "lead" and statement.body.WhichOneof("content") == "lead"
