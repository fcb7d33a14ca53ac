"""Parts of a submission against the header: tokens, disclosures, bodies."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.sealing.disclosure import disclosed_digest, make_disclosure
from hutong.sealing.parts import check_parts
from hutong.sealing.tokens import make_tokens, match_token, padded, tokens_digest
from hutong.v1.codes_pb2 import IDENTIFIER_TYPE_PHONE
from hutong.v1.envelope_pb2 import Disclosure, Submission, TokenSet
from hutong.v1.header_pb2 import Header

Make = Callable[[bytes], SimpleNamespace]


@pytest.fixture
def whole(sealed_case: Make) -> tuple[Header, Submission]:
    case = sealed_case(b"body")
    tokens, disclosure = make_tokens([bytes([i]) * 32 for i in range(3)]), make_disclosure(b"card")
    case.header.tokens_sha256 = tokens_digest(tokens)
    case.header.disclosed_sha256 = disclosed_digest(disclosure.salt, disclosure.card)
    return case.header, Submission(sealed=case.sealed, tokens=tokens, disclosure=disclosure)


def refused(header: Header, parts: Submission, part: str) -> None:
    with pytest.raises(HutongError) as raised:
        check_parts(header, parts)
    assert (raised.value.code, raised.value.params["part"]) == ("HT-HDR-06", part)


def test_all_or_none(whole: tuple[Header, Submission]) -> None:
    check_parts(*whole)
    check_parts(Header(), Submission())


PARTS = [("sealed", "sealed.ciphertext"), ("tokens", "tokens"), ("disclosure", "disclosure")]


@pytest.mark.parametrize(("field", "part"), PARTS)
def test_a_part_is_missing_or_should_not_be_there(field: str, part: str, whole: tuple[Header, Submission]) -> None:
    header, parts = whole
    alone = Submission()
    getattr(alone, field).CopyFrom(getattr(parts, field))
    refused(Header(), alone, part)
    parts.ClearField(field)  # type: ignore[arg-type]
    refused(header, parts, part)


@pytest.mark.parametrize("field", ["sealed", "tokens", "disclosure"])
def test_an_empty_part_counts_as_one(field: str) -> None:
    parts = Submission()
    getattr(parts, field).SetInParent()
    with pytest.raises(HutongError, match="HT-HDR-06"):
        check_parts(Header(), parts)


def test_every_part_is_bound(whole: tuple[Header, Submission]) -> None:
    header, parts = whole

    def changed(change: Callable[[Submission], object]) -> Submission:
        other = Submission()
        other.CopyFrom(parts)
        change(other)
        return other

    refused(header, changed(lambda s: setattr(s.sealed, "ciphertext", s.sealed.ciphertext + b"x")), "sealed.ciphertext")
    refused(header, changed(lambda s: setattr(s.sealed.wraps[0], "wrapped", bytes(80))), "sealed.wraps")
    refused(header, changed(lambda s: s.sealed.wraps.pop()), "sealed.wraps")
    refused(header, changed(lambda s: s.sealed.wraps.reverse()), "sealed.wraps")
    refused(header, changed(lambda s: s.tokens.tokens.reverse()), "tokens")
    refused(header, changed(lambda s: setattr(s.tokens, "salt", bytes(32))), "tokens")
    refused(header, changed(lambda s: setattr(s.disclosure, "card", b"other")), "disclosure")
    header.commitment = b""
    refused(header, parts, "commitment")


def test_bytes_cannot_move_between_salt_and_content(whole: tuple[Header, Submission]) -> None:
    """The digests concatenate; fixed lengths keep the parts apart."""
    header, parts = whole
    joined = parts.disclosure.salt + parts.disclosure.card
    parts.disclosure.CopyFrom(Disclosure(salt=joined[:31], card=joined[31:]))
    refused(header, parts, "disclosure")
    parts.disclosure.CopyFrom(Disclosure(salt=joined[:32], card=joined[32:]))
    joined = parts.tokens.salt + b"".join(parts.tokens.tokens)
    parts.tokens.CopyFrom(TokenSet(salt=joined[:64], tokens=[joined[i : i + 32] for i in range(64, len(joined), 32)]))
    refused(header, parts, "tokens")


def test_unpadded_tokens(whole: tuple[Header, Submission]) -> None:
    header, parts = whole
    del parts.tokens.tokens[-1]
    header.tokens_sha256 = tokens_digest(parts.tokens)
    refused(header, parts, "tokens")


@given(st.sets(st.binary(min_size=32, max_size=32), max_size=40))
def test_padding(real: set[bytes]) -> None:
    tokens = make_tokens([*real, *real])
    assert padded(tokens) and len(tokens.tokens) - len(real) <= 8 and len(tokens.tokens) >= 8
    assert real <= set(tokens.tokens) and list(tokens.tokens) == sorted(tokens.tokens)
    assert tokens.salt != make_tokens(real).salt


def test_token_limit() -> None:
    assert len(make_tokens(i.to_bytes(32, "big") for i in range(1024)).tokens) == 1024
    with pytest.raises(HutongError, match="HT-ENV-01"):
        make_tokens(i.to_bytes(32, "big") for i in range(1025))


def test_digests_written_out() -> None:
    key = bytes(range(32))
    expected = hmac.new(key, b"3\x0013800138000", sha256).digest()
    assert match_token(key, IDENTIFIER_TYPE_PHONE, "13800138000") == expected
    tokens = TokenSet(salt=b"s" * 32, tokens=[b"a" * 32, b"b" * 32])
    assert tokens_digest(tokens) == sha256(b"hutong/tokens/v1\x00" + b"s" * 32 + b"a" * 32 + b"b" * 32).digest()
    assert disclosed_digest(b"s" * 32, b"card") == sha256(b"hutong/disclosed/v1\x00" + b"s" * 32 + b"card").digest()
