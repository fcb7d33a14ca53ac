"""Numbers under which web sites are on file: ICP (备案, 许可证) and police (公网安备). Normalised and checked in form,
since neither has a check digit. An error never holds the value."""

from __future__ import annotations

import re
import unicodedata

from hutong.errors import HutongError

_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀贵黔云滇藏陕甘陇青宁新"
_SPACE = re.compile(r"\s+")
_DASHES = re.compile("[‐‑‒–—―－]")
# 备 for whoever files, 证 for whoever has a licence; "-1" is the site, "-1A" and more letters an app or mini programme.
_ICP = re.compile(rf"([{_PROVINCES}])ICP(备|证)([A-Z]?[0-9]{{5,10}})号?(-[0-9]{{1,5}}[A-Z]{{0,2}})?")
_LICENCE = re.compile(
    rf"([{_PROVINCES}]?)([AB][12](?:\.B[12])?)-?((?:19|20)[0-9]{{6}})(?:号)?(-[0-9]{{1,5}}[A-Z]{{0,2}})?"
)
_POLICE = re.compile(rf"([{_PROVINCES}])公网安备([0-9]{{11,14}})号?")


def icp_number(text: str) -> str:
    """备案号 or 许可证号 in the one way to write it: "京ICP备12345678号-1", "粤B2-20090059-123". HT-IDF-20.

    The 号 that many leave out is put back.
    """
    plain = _plain(text)
    if found := _ICP.fullmatch(plain):
        return f"{found[1]}ICP{found[2]}{found[3]}号{found[4] or ''}"
    if found := _LICENCE.fullmatch(plain):
        return f"{found[1]}{found[2]}-{found[3]}{found[4] or ''}"
    raise HutongError("HT-IDF-20")


def icp_holder_number(text: str) -> str:
    """The holder's own number, without the site's or app's behind it: "京ICP备12345678号". HT-IDF-20."""
    number = icp_number(text)
    head, _, tail = number.rpartition("-")
    return head if head and not re.fullmatch("(?:19|20)[0-9]{6}", tail) else number


def police_number(text: str) -> str:
    """公安备案号: "京公网安备11010502030143号". HT-IDF-21."""
    found = _POLICE.fullmatch(_plain(text))
    if not found:
        raise HutongError("HT-IDF-21")
    return f"{found[1]}公网安备{found[2]}号"


def _plain(text: str) -> str:
    return _SPACE.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", text))).upper()
