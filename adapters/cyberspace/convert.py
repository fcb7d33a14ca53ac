"""Files of the cyberspace administration → Leads: STIX bundles, MISP events, lists of URLs. Nothing is resolved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters import strict_json
from adapters import text as texts
from adapters.cyberspace import bundles, events, misp, stix, urls
from adapters.draft import Conversion, DeadLetter, Draft
from hutong.errors import HutongError

AGENCY = bundles.AGENCY


def convert(data: bytes, *, name: str = "", now: datetime) -> Conversion:
    """One STIX bundle, each MISP event and each list of URLs becomes one Lead (a long list several), or one dead
    letter: HT-STX codes where a marking forbids it to leave."""
    try:
        text = texts.decode(data)
        if text.lstrip()[:1] not in ("{", "["):
            return Conversion.collect(urls.leads(text, now))
        value = strict_json.loads(text)
        found = events.find(value)
        if found is not None:
            return Conversion.collect(_leads(found, now))
        return Conversion((stix.lead(value, text, now),))
    except HutongError as error:
        return Conversion.refused(_place(error, "/"), error)


def _leads(found: list[tuple[str, Any]], now: datetime) -> Iterator[Draft | DeadLetter]:
    for where, event in found:
        try:
            yield misp.lead(event, where, now)
        except HutongError as error:
            yield DeadLetter.of(_place(error, where), error)


def _place(error: HutongError, otherwise: str) -> str:
    line = error.params.get("line")
    return f"line {line}" if line else error.params.get("where", otherwise)
