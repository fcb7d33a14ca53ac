"""Formats of request values (TS 103 280 clause 6; TS 103 120 clause 8.2.6.2) and the contract's identifiers."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress

from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2

ETSI = "ETSI"
OWN = "CN-HUTONG"
"""Owner of what this hub adds to ETSI's dictionaries and formats."""

_T = codes_pb2
_KINDS = {
    "InternationalE164": _T.IDENTIFIER_TYPE_PHONE,
    "GPSIMSISDN": _T.IDENTIFIER_TYPE_PHONE,
    "IMSI": _T.IDENTIFIER_TYPE_IMSI,
    "SUPIIMSI": _T.IDENTIFIER_TYPE_IMSI,
    "IMEI": _T.IDENTIFIER_TYPE_IMEI,
    "IMEICheckDigit": _T.IDENTIFIER_TYPE_IMEI,
    "IMEISV": _T.IDENTIFIER_TYPE_IMEI,
    "PEIIMEI": _T.IDENTIFIER_TYPE_IMEI,
    "PEIIMEICheckDigit": _T.IDENTIFIER_TYPE_IMEI,
    "PEIIMEISV": _T.IDENTIFIER_TYPE_IMEI,
    "EmailAddress": _T.IDENTIFIER_TYPE_EMAIL,
    "InternationalizedEmailAddress": _T.IDENTIFIER_TYPE_EMAIL,
    "IPv4Address": _T.IDENTIFIER_TYPE_IP_ADDRESS,
    "IPv6Address": _T.IDENTIFIER_TYPE_IP_ADDRESS,
    "IPv4CIDR": _T.IDENTIFIER_TYPE_IP_ADDRESS,
    "IPv6CIDR": _T.IDENTIFIER_TYPE_IP_ADDRESS,
    "FQDN": _T.IDENTIFIER_TYPE_DOMAIN,
    "URL": _T.IDENTIFIER_TYPE_URL,
}
_PREFIX = "IDENTIFIER_TYPE_"
_NOT_DIGITS = re.compile(r"[\s\-().·]")
_E164 = re.compile(r"[0-9]{1,15}")
_IMSI = re.compile(r"[0-9]{6,15}")
_IMEIS = {14: "IMEI", 15: "IMEICheckDigit", 16: "IMEISV"}
_LANDLINE = re.compile(r"0([1-9][0-9]{8,11})")


def identifier(owner: str, name: str, value: str) -> body_pb2.Identifier:
    """The identifier that a request value is. Mobile numbers of the mainland come without their country code."""
    kind = _KINDS.get(name, _T.IDENTIFIER_TYPE_OTHER) if owner != OWN else _own(name)
    if kind == _T.IDENTIFIER_TYPE_PHONE:
        # A landline, or a number of another country, stays as it is written.
        with suppress(HutongError):
            value = people.mobile(value)
    return body_pb2.Identifier(type=kind, value=value)


def written(one: body_pb2.Identifier) -> tuple[str, str, str]:
    """Owner and name of the format in which ``one`` is written, and its value there. HT-ADP-211 for a value that its
    format does not have."""
    value = one.value.strip()
    if one.type == _T.IDENTIFIER_TYPE_PHONE:
        return ETSI, "InternationalE164", e164(value)
    if one.type == _T.IDENTIFIER_TYPE_IMSI:
        return ETSI, "IMSI", _matching(_IMSI, value, "IMSI")
    if one.type == _T.IDENTIFIER_TYPE_IMEI:
        digits = _NOT_DIGITS.sub("", value)
        if not digits.isascii() or not digits.isdigit() or len(digits) not in _IMEIS:
            raise HutongError("HT-ADP-211", field="subjects", format="IMEI")
        return ETSI, _IMEIS[len(digits)], digits
    if one.type == _T.IDENTIFIER_TYPE_IP_ADDRESS:
        return (ETSI, *_address(value))
    if one.type == _T.IDENTIFIER_TYPE_EMAIL:
        return ETSI, "EmailAddress" if value.isascii() else "InternationalizedEmailAddress", value
    if one.type == _T.IDENTIFIER_TYPE_DOMAIN:
        return ETSI, "FQDN", value
    if one.type == _T.IDENTIFIER_TYPE_URL:
        return ETSI, "URL", value
    return OWN, codes_pb2.IdentifierType.Name(one.type).removeprefix(_PREFIX), value


def e164(number: str) -> str:
    """A number with its country code, digits only; numbers of the mainland may come without. HT-ADP-211."""
    plain = _NOT_DIGITS.sub("", number)
    with suppress(HutongError):
        return "86" + people.mobile(plain)
    if found := _LANDLINE.fullmatch(plain):
        return "86" + found[1]
    return _matching(_E164, plain.removeprefix("+"), "InternationalE164")


def _own(name: str) -> codes_pb2.IdentifierType.ValueType:
    known = codes_pb2.IdentifierType.DESCRIPTOR.values_by_name.get(_PREFIX + name)
    return codes_pb2.IdentifierType.ValueType(known.number if known else _T.IDENTIFIER_TYPE_OTHER)


def _matching(form: re.Pattern[str], value: str, name: str) -> str:
    if not form.fullmatch(value):
        raise HutongError("HT-ADP-211", field="subjects", format=name)
    return value


def _address(value: str) -> tuple[str, str]:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise HutongError("HT-ADP-211", field="subjects", format="IPv4Address / IPv6Address") from error
    host, slash, length = value.partition("/")
    sort = "CIDR" if slash else "Address"
    if network.version == 4:
        return f"IPv4{sort}", value
    return f"IPv6{sort}", ipaddress.ip_address(host).exploded + slash + length
