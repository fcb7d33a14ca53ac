"""Values out of STIX patterns, judged by the grammar of the stix2 library where the pattern is right."""

from __future__ import annotations

import time

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st

from adapters.cyberspace import patterns
from hutong.v1 import codes_pb2


def read(pattern: str) -> list[tuple[str, str]]:
    return [
        (codes_pb2.IdentifierType.Name(kind).removeprefix("IDENTIFIER_TYPE_"), value)
        for kind, value in patterns.values(pattern)
    ]


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("[domain-name:value = 'a.example']", [("DOMAIN", "a.example")]),
        (
            "[ url:value='http://a/?x=1' OR ipv4-addr:value = '10.0.0.0/8' ]",
            [("URL", "http://a/?x=1"), ("IP_ADDRESS", "10.0.0.0/8")],
        ),
        ("[file:hashes.'SHA-256' = 'ab' AND file:name = 'x.exe']", [("FILE_HASH", "ab"), ("OTHER", "x.exe")]),
        ("[file:hashes.md5 = 'ab']", [("FILE_HASH", "ab")]),
        (
            "[domain-name:value IN ('a', 'b')] FOLLOWEDBY [ipv6-addr:value ISSUBSET '::/0']",
            [("DOMAIN", "a"), ("DOMAIN", "b"), ("IP_ADDRESS", "::/0")],
        ),
        ("[email-message:from_ref.value = 'a@b']", [("EMAIL", "a@b")]),
        ("[network-traffic:dst_ref.value = '1.2.3.4']", [("IP_ADDRESS", "1.2.3.4")]),
        ("[network-traffic:dst_ref.value = 'a.b']", [("DOMAIN", "a.b")]),
        ("[user-account:account_login = 'o\\'neil \\\\ x']", [("SOCIAL_ACCOUNT", "o'neil \\ x")]),
        ("[domain-name:value NOT = 'a']", []),
        ("[domain-name:value != 'a' AND url:value LIKE 'b%' AND url:value MATCHES 'c']", []),
        ("[url:value = 'domain-name:value = \\'x\\'']", [("URL", "domain-name:value = 'x'")]),
        ("domain-name:value = 'a", []),
        ("[[[ domain-name:value == 'a' (((", [("DOMAIN", "a")]),
        ("alert tcp any any -> any any", []),
        ("", []),
    ],
)
def test_values(pattern: str, values: list[tuple[str, str]]) -> None:
    assert read(pattern) == values


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).map(str.strip).filter(bool))
def test_literals_come_back(value: str) -> None:
    pattern = f"[domain-name:value = {patterns.literal(value)}]"
    assert read(pattern) == [("DOMAIN", value)]
    judged = stix2.pattern_visitor.create_pattern_object(pattern, version="2.1")
    # The library hands out the literal as it is written.
    assert f"'{judged.operand.rhs.value}'" == patterns.literal(value)


@pytest.mark.parametrize(
    "bomb", ["'" * 65_000, "a:" * 32_000, "a:b." * 16_000, "a:b = ('x'," + "'x'," * 16_000, "a:'" * 20_000]
)
def test_no_pattern_takes_long(bomb: str) -> None:
    started = time.perf_counter()
    list(patterns.values(bomb))
    assert time.perf_counter() - started < 2
