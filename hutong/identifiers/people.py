"""Identifiers of people, companies and accounts: normalised, so that one is always written in one way, and checked.

An error names the kind of identifier, never its value. Everything here is pure.
"""

from __future__ import annotations

import re
import unicodedata

from stdnum import luhn
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from hutong.errors import HutongError
from hutong.v1.codes_pb2 import (
    IDENTIFIER_TYPE_PHONE,
    IDENTIFIER_TYPE_RESIDENT_ID,
    IDENTIFIER_TYPE_USCC,
    IdentifierType,
)

_SEPARATORS = re.compile(r"[\s\-‐‑‒–—()·.]")
_USCC = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}")
_RESIDENT_ID = re.compile(r"[1-9][0-9]{16}[0-9X]")
_RESIDENT_ID_1989 = re.compile(r"[1-9][0-9]{14}")
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})")
_BANK_CARD = re.compile(r"[0-9]{16,19}")


def compact(text: str) -> str:
    """``text`` in half-width capitals without spaces, hyphens, dots and brackets (Unicode NFKC)."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def company_code(text: str) -> str:
    """统一社会信用代码 (GB 32100-2015): 18 characters, the last one a check of modulus 31. HT-IDF-03."""
    code = compact(text)
    # The first two characters may be letters (departments A, N, Y): python-stdnum's own validate() refuses those.
    if not _USCC.fullmatch(code) or uscc.calc_check_digit(code) != code[-1]:
        raise HutongError("HT-IDF-03")
    return code


def resident_id(text: str) -> str:
    """公民身份号码 (GB 11643-1999): 18 characters, the last one a check of ISO 7064 MOD 11-2, with a date that exists.

    The 15 digits of GB 11643-1989 are brought into the new form. The division in front may be retired: it is the one of
    the first registration (``divisions.division`` tells). HT-IDF-02.
    """
    number = compact(text)
    if _RESIDENT_ID_1989.fullmatch(number):
        longer = number[:6] + "19" + number[6:]
        number = longer + ric.calc_check_digit(longer + "0")
    if not _RESIDENT_ID.fullmatch(number) or ric.calc_check_digit(number) != number[-1]:
        raise HutongError("HT-IDF-02")
    try:
        ric.get_birth_date(number)
    except ValidationError as error:
        raise HutongError("HT-IDF-02") from error
    return number


def mobile(text: str) -> str:
    """A mobile number of mainland China: 11 digits, without the country code. HT-IDF-04."""
    found = _MOBILE.fullmatch(compact(text))
    if not found:
        raise HutongError("HT-IDF-04")
    return found[1]


def bank_card(text: str) -> str:
    """A bank card number: 16–19 digits with the check digit of ISO/IEC 7812-1 (Luhn). Corporate accounts have no check
    digit and are no cards. HT-IDF-05."""
    number = compact(text)
    if not _BANK_CARD.fullmatch(number) or not luhn.is_valid(number):
        raise HutongError("HT-IDF-05")
    return number


def normalise(kind: IdentifierType.ValueType, text: str) -> str:
    """The one way to write an identifier of ``kind``, for match tokens.

    Resident ids, company codes and mobile numbers are checked (their HT-IDF codes); any other value is only brought
    into NFKC without surrounding space.
    """
    check = {
        IDENTIFIER_TYPE_RESIDENT_ID: resident_id,
        IDENTIFIER_TYPE_USCC: company_code,
        IDENTIFIER_TYPE_PHONE: mobile,
    }.get(kind)
    return check(text) if check else unicodedata.normalize("NFKC", text).strip()
