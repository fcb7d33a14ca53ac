"""Identifiers of people and companies: one way to write each, wrong ones refused without showing them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.identifiers.people import bank_card, company_code, mobile, normalise, resident_id
from hutong.v1.codes_pb2 import (
    IDENTIFIER_TYPE_DOMAIN,
    IDENTIFIER_TYPE_PHONE,
    IDENTIFIER_TYPE_RESIDENT_ID,
    IDENTIFIER_TYPE_USCC,
)

Check = Callable[[str], str]

# Public examples: the standard's own (GB 11643), Wikipedia's, ISO/IEC 7812's; companies from the public register.
GOOD: list[tuple[Check, str, str]] = [
    (resident_id, "11010519491231002X", "11010519491231002X"),
    (resident_id, "440524188001010014", "440524188001010014"),
    (resident_id, " 110105 19491231 002x ", "11010519491231002X"),
    (resident_id, "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
    (resident_id, "110105491231002", "11010519491231002X"),
    (company_code, "91110000600037341L", "91110000600037341L"),
    (company_code, "9111 0000-6000 3734 1l", "91110000600037341L"),
    (mobile, "13800138000", "13800138000"),
    (mobile, "+86 138-0013-8000", "13800138000"),
    (mobile, "0086 138 0013 8000", "13800138000"),
    (mobile, "（+86）13800138000", "13800138000"),
    (bank_card, "4111 1111 1111 1111", "4111111111111111"),
]
BAD: list[tuple[Check, str, str]] = [
    (resident_id, "110105194912310020", "HT-IDF-02"),
    (resident_id, "11010519490231002X", "HT-IDF-02"),
    (resident_id, "1101051949123100", "HT-IDF-02"),
    (resident_id, "110105491331002", "HT-IDF-02"),
    (resident_id, "", "HT-IDF-02"),
    (company_code, "91110000600037341M", "HT-IDF-03"),
    (company_code, "91110000I00037341L", "HT-IDF-03"),
    (company_code, "9111000060003734", "HT-IDF-03"),
    (mobile, "12800138000", "HT-IDF-04"),
    (mobile, "1380013800", "HT-IDF-04"),
    (mobile, "+1 13800138000", "HT-IDF-04"),
    (mobile, "010-62556666", "HT-IDF-04"),
    (bank_card, "4111111111111112", "HT-IDF-05"),
    (bank_card, "411111111111116", "HT-IDF-05"),
    (bank_card, "4111x11111111111", "HT-IDF-05"),
]


@pytest.mark.parametrize(("check", "text", "normal"), GOOD)
def test_normal_form(check: Check, text: str, normal: str) -> None:
    assert check(text) == normal == check(normal)


@pytest.mark.parametrize(("check", "text", "code"), BAD)
def test_refused_without_showing_the_value(check: Check, text: str, code: str) -> None:
    with pytest.raises(HutongError, match=code) as raised:
        check(text)
    assert not raised.value.params


@given(st.sampled_from([resident_id, company_code, mobile, bank_card]), st.text(max_size=30))
def test_any_text_is_taken_or_refused(check: Check, text: str) -> None:
    try:
        assert check(text) == check(check(text))
    except HutongError as error:
        assert error.code.startswith("HT-IDF-")


ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(
    st.sampled_from(["91", "N2", "A1", "Y1", "52"]), st.integers(0, 999999), st.text(ALPHABET, min_size=9, max_size=9)
)
def test_company_codes_by_the_standards_formula(kind: str, region: int, organisation: str) -> None:
    """GB 32100 §5: C18 = 31 - Σ Ci·3^(i-1) mod 31, over an alphabet without I, O, S, V and Z."""
    body = f"{kind}{region:06d}{organisation}"
    total = sum(ALPHABET.index(letter) * pow(3, i, 31) for i, letter in enumerate(body))
    check = ALPHABET[(31 - total % 31) % 31]
    assert company_code(body + check) == body + check
    wrong = ALPHABET[(ALPHABET.index(check) + 1) % 31]
    with pytest.raises(HutongError, match="HT-IDF-03"):
        company_code(body + wrong)


@given(st.integers(0, 10**17 - 1), st.integers(0, 17))
def test_resident_ids_by_the_standards_formula(number: int, place: int) -> None:
    """GB 11643: weights 2^(18-i) mod 11."""
    body = f"{110105:06d}19700101{number % 1000:03d}"
    check = "10X98765432"[sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(body)) % 11]
    whole = body + check
    assert resident_id(whole) == whole
    changed = whole[:place] + ("1" if whole[place] != "1" else "2") + whole[place + 1 :]
    with pytest.raises(HutongError, match="HT-IDF-02"):
        resident_id(changed)


def test_normalise_by_type() -> None:
    assert normalise(IDENTIFIER_TYPE_PHONE, "+86 13800138000") == "13800138000"
    assert normalise(IDENTIFIER_TYPE_RESIDENT_ID, "110105491231002") == "11010519491231002X"
    assert normalise(IDENTIFIER_TYPE_USCC, "91110000600037341l") == "91110000600037341L"
    assert normalise(IDENTIFIER_TYPE_DOMAIN, " ｅxample.org ") == "example.org"
    with pytest.raises(HutongError, match="HT-IDF-04"):
        normalise(IDENTIFIER_TYPE_PHONE, "12")
