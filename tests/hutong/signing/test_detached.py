"""Detached signatures: over type and body, by the key that the receiver expects."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.signing import detached
from hutong.signing.keys import SigningKey
from hutong.signing.pae import pae

KEY, OTHER = SigningKey.generate(), SigningKey.generate()


@given(st.binary(max_size=200), st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_what_was_signed_holds_and_nothing_else(body: bytes, kind: str) -> None:
    value = detached.sign(body, kind, KEY)
    detached.verify(body, kind, value, KEY.public.verify)
    for wrong in ((body + b"x", kind), (body, kind + "x"), (kind.encode(), body.hex())):
        if wrong != (body, kind):
            assert refused(*wrong, value)
    assert refused(body, kind, value, OTHER)


def refused(body: bytes, kind: str, value: str, key: SigningKey = KEY) -> bool:
    with pytest.raises(HutongError) as caught:
        detached.verify(body, kind, value, key.public.verify)
    return caught.value.code == "HT-SIG-03"


@given(st.text(max_size=100))
def test_a_header_that_is_none(value: str) -> None:
    assert refused(b"body", "type", value)


def test_its_form_is_the_documented_one() -> None:
    keyid, _, signature = detached.sign(b"{}", "application/json", KEY).partition(" ")
    assert keyid == KEY.keyid
    assert KEY.public.verify(b"DSSEv1 16 application/json 2 {}", base64.b64decode(signature, validate=True))
    assert pae("application/json", b"{}") == b"DSSEv1 16 application/json 2 {}"
