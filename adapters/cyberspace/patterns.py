"""Plain values out of STIX patterns (STIX 2.1 §9): what a pattern looks for by equality.

Read leniently: a pattern that breaks the grammar still gives the comparisons that stand in it. Nothing is resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hutong.v1 import codes_pb2

MAX_PATTERN_CHARS = 65_536

_TEXT = r"'(?:[^'\\]|\\.)*+'"
_STEP = rf"(?:[A-Za-z0-9_-]+|{_TEXT})"
_PATH = rf"(?P<type>[a-z][a-z0-9-]*):(?P<path>{_STEP}(?:\.{_STEP}|\[[*0-9]+\])*+)"
_LISTED = rf"\(\s*{_TEXT}(?:\s*,\s*{_TEXT})*+\s*\)"
_COMPARISON = rf"{_PATH}\s*(?P<not>NOT\s+)?(?:==?|IN\b|ISSUBSET\b)\s*(?P<literal>{_TEXT}|{_LISTED})"
_TOKEN = re.compile(rf"{_COMPARISON}|{_TEXT}", re.DOTALL)
_LITERAL = re.compile(_TEXT, re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_IP = re.compile(r"[0-9.]+(?:/\d+)?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:/\d+)?")

_T = codes_pb2
_BY_TYPE = {
    ("domain-name", "value"): _T.IDENTIFIER_TYPE_DOMAIN,
    ("hostname", "value"): _T.IDENTIFIER_TYPE_DOMAIN,
    ("url", "value"): _T.IDENTIFIER_TYPE_URL,
    ("artifact", "url"): _T.IDENTIFIER_TYPE_URL,
    ("ipv4-addr", "value"): _T.IDENTIFIER_TYPE_IP_ADDRESS,
    ("ipv6-addr", "value"): _T.IDENTIFIER_TYPE_IP_ADDRESS,
    ("email-addr", "value"): _T.IDENTIFIER_TYPE_EMAIL,
    ("email-addr", "display_name"): _T.IDENTIFIER_TYPE_PERSON_NAME,
    ("user-account", "account_login"): _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
    ("user-account", "user_id"): _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
    ("user-account", "display_name"): _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
    ("software", "name"): _T.IDENTIFIER_TYPE_APP,
    ("phone-number", "value"): _T.IDENTIFIER_TYPE_PHONE,
    ("phone-number", "number"): _T.IDENTIFIER_TYPE_PHONE,
    ("bank-account", "iban"): _T.IDENTIFIER_TYPE_BANK_ACCOUNT,
    ("bank-account", "account_number"): _T.IDENTIFIER_TYPE_BANK_ACCOUNT,
    ("bank-card", "number"): _T.IDENTIFIER_TYPE_BANK_ACCOUNT,
    ("mac-addr", "value"): _T.IDENTIFIER_TYPE_OTHER,
    ("cryptocurrency-wallet", "value"): _T.IDENTIFIER_TYPE_OTHER,
    ("autonomous-system", "number"): _T.IDENTIFIER_TYPE_OTHER,
    ("file", "name"): _T.IDENTIFIER_TYPE_OTHER,
    ("mutex", "name"): _T.IDENTIFIER_TYPE_OTHER,
    ("directory", "path"): _T.IDENTIFIER_TYPE_OTHER,
    ("windows-registry-key", "key"): _T.IDENTIFIER_TYPE_OTHER,
    ("x509-certificate", "serial_number"): _T.IDENTIFIER_TYPE_OTHER,
    ("x509-certificate", "subject"): _T.IDENTIFIER_TYPE_OTHER,
    ("x509-certificate", "issuer"): _T.IDENTIFIER_TYPE_OTHER,
    ("email-message", "subject"): _T.IDENTIFIER_TYPE_OTHER,
    ("process", "command_line"): _T.IDENTIFIER_TYPE_OTHER,
}


def values(pattern: str) -> Iterator[tuple[codes_pb2.IdentifierType.ValueType, str]]:
    """Type and value of every comparison in ``pattern`` that asks for equality, membership or a subnet."""
    for found in _TOKEN.finditer(pattern[:MAX_PATTERN_CHARS]):
        if found["type"] is None or found["not"]:
            continue
        for literal in _LITERAL.findall(found["literal"]):
            value = _ESCAPE.sub(r"\1", literal[1:-1]).strip()
            if value:
                yield kind(found["type"], found["path"], value), value


def kind(object_type: str, path: str, value: str) -> codes_pb2.IdentifierType.ValueType:
    """What ``value`` identifies, from the observable's type and the property's path."""
    if path.startswith("hashes"):
        return codes_pb2.IDENTIFIER_TYPE_FILE_HASH
    if object_type == "email-message" and path.endswith(".value"):
        return codes_pb2.IDENTIFIER_TYPE_EMAIL
    if object_type in ("network-traffic", "domain-name") and "_ref" in path and path.endswith(".value"):
        address = _IP.fullmatch(value)
        return codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS if address else codes_pb2.IDENTIFIER_TYPE_DOMAIN
    return _BY_TYPE.get((object_type, path), codes_pb2.IDENTIFIER_TYPE_OTHER)


def properties(object_type: str) -> list[str]:
    """The properties of an observable of that type that identify it."""
    return [path for name, path in _BY_TYPE if name == object_type]


def literal(value: str) -> str:
    """``value`` as a string literal of the pattern language."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
