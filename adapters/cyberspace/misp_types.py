"""What MISP's types of attributes and its object templates identify (MISP/misp-objects; describeTypes.json)."""

from __future__ import annotations

from typing import TypeAlias

from hutong.v1 import codes_pb2

_T = codes_pb2
Kind: TypeAlias = codes_pb2.IdentifierType.ValueType

# fmt: off
BY_TYPE: dict[str, Kind] = {
    **dict.fromkeys(("domain", "hostname"), _T.IDENTIFIER_TYPE_DOMAIN),
    **dict.fromkeys(("url", "uri", "link"), _T.IDENTIFIER_TYPE_URL),
    **dict.fromkeys(("ip-src", "ip-dst"), _T.IDENTIFIER_TYPE_IP_ADDRESS),
    **dict.fromkeys(
        ("email", "email-src", "email-dst", "email-reply-to", "target-email", "dns-soa-email",
         "whois-registrant-email"),
        _T.IDENTIFIER_TYPE_EMAIL,
    ),
    **dict.fromkeys(
        ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512/224", "sha512/256", "sha3-256", "sha3-512",
         "ssdeep", "imphash", "tlsh", "authentihash", "impfuzzy", "vhash", "cdhash", "pehash",
         "x509-fingerprint-md5", "x509-fingerprint-sha1", "x509-fingerprint-sha256"),
        _T.IDENTIFIER_TYPE_FILE_HASH,
    ),
    **dict.fromkeys(("phone-number", "whois-registrant-phone"), _T.IDENTIFIER_TYPE_PHONE),
    **dict.fromkeys(("bank-account-nr", "iban", "cc-number", "prtn"), _T.IDENTIFIER_TYPE_BANK_ACCOUNT),
    **dict.fromkeys(("full-name", "target-user", "whois-registrant-name"), _T.IDENTIFIER_TYPE_PERSON_NAME),
    **dict.fromkeys(("target-org", "whois-registrant-org"), _T.IDENTIFIER_TYPE_COMPANY),
    "identity-card-number": _T.IDENTIFIER_TYPE_RESIDENT_ID,
    "mobile-application-id": _T.IDENTIFIER_TYPE_APP,
    **dict.fromkeys(
        ("twitter-id", "github-username", "jabber-id", "weibo-id", "eppn"), _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT
    ),
    **dict.fromkeys(
        ("AS", "mac-address", "btc", "dash", "xmr", "filename", "mutex", "named pipe", "regkey", "user-agent", "bic",
         "bro", "zeek", "snort", "yara", "sigma", "pattern-in-file", "pattern-in-traffic", "pattern-in-memory",
         "stix2-pattern", "windows-service-name", "windows-scheduled-task", "vulnerability", "ja3-fingerprint-md5",
         "hassh-md5", "hasshserver-md5", "favicon-mmh3", "passport-number", "imei", "imsi"),
        _T.IDENTIFIER_TYPE_OTHER,
    ),
}
# fmt: on
"""Types whose value is an indicator. Every other type (text, comment, counter, size-in-bytes …) describes."""

COMPOSITES: dict[str, tuple[str, str]] = {
    "domain|ip": ("domain", "ip-dst"),
    "hostname|port": ("hostname", ""),
    "ip-dst|port": ("ip-dst", ""),
    "ip-src|port": ("ip-src", ""),
    "malware-sample": ("filename", "md5"),
    "regkey|value": ("regkey", ""),
}
"""Types whose value is two with "|" between; ``filename|…`` is one of them for every hash."""

PATTERNS = frozenset(
    {"yara", "sigma", "snort", "bro", "zeek", "stix2-pattern", "pattern-in-file", "pattern-in-traffic",
     "pattern-in-memory"}
)  # fmt: skip
"""Types whose value is a pattern to look for."""

PERSONS = frozenset({"person", "victim-person"})
ORGANISATIONS = frozenset({"organization", "legal-entity", "company"})
VICTIMS = frozenset({"victim"})

BY_RELATION: dict[str, dict[str, Kind]] = {
    "person": {
        "full-name": _T.IDENTIFIER_TYPE_PERSON_NAME,
        "first-name": _T.IDENTIFIER_TYPE_OTHER,
        "last-name": _T.IDENTIFIER_TYPE_OTHER,
        "alias": _T.IDENTIFIER_TYPE_PERSON_NAME,
        "handle": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "fax-number": _T.IDENTIFIER_TYPE_OTHER,
        "ofac-identification-number": _T.IDENTIFIER_TYPE_OTHER,
        "social-security-number": _T.IDENTIFIER_TYPE_OTHER,
    },
    "organization": {
        "name": _T.IDENTIFIER_TYPE_COMPANY,
        "alias": _T.IDENTIFIER_TYPE_COMPANY,
        "registration-number": _T.IDENTIFIER_TYPE_USCC,
        "fax-number": _T.IDENTIFIER_TYPE_OTHER,
    },
    "legal-entity": {
        "name": _T.IDENTIFIER_TYPE_COMPANY,
        "commercial-name": _T.IDENTIFIER_TYPE_COMPANY,
        "registration-number": _T.IDENTIFIER_TYPE_USCC,
    },
    "company": {"name": _T.IDENTIFIER_TYPE_COMPANY, "registration-number": _T.IDENTIFIER_TYPE_USCC},
    "victim": {"name": _T.IDENTIFIER_TYPE_COMPANY, "user": _T.IDENTIFIER_TYPE_PERSON_NAME},
    "bank-account": {
        "account": _T.IDENTIFIER_TYPE_BANK_ACCOUNT,
        "iban": _T.IDENTIFIER_TYPE_BANK_ACCOUNT,
        "account-name": _T.IDENTIFIER_TYPE_OTHER,
        "beneficiary": _T.IDENTIFIER_TYPE_OTHER,
    },
    "phone": {"msisdn": _T.IDENTIFIER_TYPE_PHONE, "imei": _T.IDENTIFIER_TYPE_OTHER, "imsi": _T.IDENTIFIER_TYPE_OTHER},
    "telegram-account": {
        "username": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "id": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "phone": _T.IDENTIFIER_TYPE_PHONE,
    },
    "instant-message-group": {
        "group-name": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "group-alias": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "username": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "person-name": _T.IDENTIFIER_TYPE_PERSON_NAME,
        "app-used": _T.IDENTIFIER_TYPE_APP,
    },
    "social-media-group": {
        "group-name": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "group-alias": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "username": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "administrator": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "person-name": _T.IDENTIFIER_TYPE_PERSON_NAME,
        "platform": _T.IDENTIFIER_TYPE_APP,
    },
    "impersonation": {
        "account-name": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
        "real-name": _T.IDENTIFIER_TYPE_PERSON_NAME,
    },
    "coin-address": {"address": _T.IDENTIFIER_TYPE_OTHER, "address-crypto": _T.IDENTIFIER_TYPE_OTHER},
}
"""Object template → relation → what it identifies, where the attribute's own type does not tell."""

_ACCOUNT_RELATIONS: dict[str, Kind] = dict.fromkeys(
    ("username", "user-name", "account-name", "account-id", "user-id", "display-name", "handle", "id"),
    _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
)


def kind(sort: str, relation: str = "", template: str = "") -> Kind | None:
    """What an attribute of type ``sort`` identifies, as ``relation`` of an object; None if it only describes."""
    table = BY_RELATION.get(template, _ACCOUNT_RELATIONS if template.endswith("-account") else {})
    return table.get(relation) or BY_TYPE.get(sort)


def parts(sort: str, value: str) -> list[tuple[str, str]]:
    """Type and value of an attribute, or of the two that a composite one is."""
    if sort.startswith("filename|"):
        both = ("filename", sort.partition("|")[2])
    elif sort in COMPOSITES:
        both = COMPOSITES[sort]
    else:
        return [(sort, value)]
    left, bar, right = value.partition("|")
    return [(name, text) for name, text in zip(both, (left, right if bar else ""), strict=True) if name and text]
