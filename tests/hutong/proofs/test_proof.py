"""Proof files: another implementation writes the same bytes; nothing else is read, nothing altered verifies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader

from hutong.errors import HutongError
from hutong.proofs.proof import LogProof


@pytest.fixture(scope="module")
def log(make_log: Callable[..., Any]) -> Any:
    return make_log(600)


@pytest.mark.parametrize("index", [0, 255, 256, 511, 599])
def test_round_trip(log: Any, index: int) -> None:
    proof = log.proof(index)
    assert LogProof.parse(bytes(proof)) == proof
    assert proof.verify(log.raw[index], log.policy()) == log.checkpoint()


def test_as_others_make_it(log: Any, publish_log: Callable[..., Path], tmp_path: Path) -> None:
    reader = TilesReader(LocalBackend(publish_log(tmp_path, log)))
    checkpoint = reader.get_checkpoint()
    for index in (0, 300, 599):
        theirs = reader.get_inclusion_proof(index, checkpoint.size)
        assert tuple(theirs.node_hashes) == log.proof(index).path


def test_extra_is_carried_and_not_trusted(log: Any) -> None:
    proof = replace(log.proof(7), extra=b"anything")
    again = LogProof.parse(bytes(proof))
    assert again.extra == b"anything"
    again.verify(log.raw[7], log.policy())


def test_malformed(log: Any) -> None:
    good = bytes(log.proof(7))
    head, note = good.split(b"\n\n", 1)
    lines = head.split(b"\n")
    wrong = [
        b"",
        good.replace(b"@v1", b"@v2"),
        good.replace(b"index 7", b"index 07"),
        good.replace(b"index 7", b"index -7"),
        good.replace(b"index 7", b"index  7"),
        good.replace(b"index 7\n", b""),
        good.replace(b"index 7", b"extra !\nindex 7"),
        good.replace(b"index 7", b"index 7\nextra YQ=="),
        good.replace(lines[3], lines[3][4:]),
        good.replace(lines[3], lines[3] + b" "),
        head,
        b"\r\n".join(lines) + b"\n\n" + note,
    ]
    for data in wrong:
        with pytest.raises(HutongError, match="HT-LOG-17"):
            LogProof.parse(data)
    for data in (head + b"\n\n", head + b"\n\n\n" + note, good[:-1]):
        with pytest.raises(HutongError, match=r"HT-LOG-06|HT-LOG-07"):
            LogProof.parse(data).verify(log.raw[7], log.policy())


@pytest.mark.parametrize("change", [0x01, 0x20, 0x80])
def test_no_flipped_byte_verifies(log: Any, change: int) -> None:
    good, policy = bytes(log.proof(300)), log.policy()
    for at in range(len(good)):
        data = bytearray(good)
        data[at] ^= change
        with pytest.raises(HutongError):
            LogProof.parse(bytes(data)).verify(log.raw[300], policy)


def test_another_entry_or_path_is_refused(log: Any) -> None:
    proof, policy = log.proof(300), log.policy()
    wrong = [
        (proof, log.raw[301]),
        (proof, log.raw[300] + b"x"),
        (replace(proof, index=301), log.raw[300]),
        (replace(proof, path=proof.path[:-1]), log.raw[300]),
        (replace(proof, path=(*proof.path, bytes(32))), log.raw[300]),
    ]
    for case, entry in wrong:
        with pytest.raises(HutongError, match="HT-LOG-18"):
            case.verify(entry, policy)


@given(st.binary(max_size=200).map(lambda tail: b"c2sp.org/tlog-proof@v1\n" + tail))
def test_any_bytes_are_a_proof_or_refused(data: bytes) -> None:
    try:
        assert bytes(LogProof.parse(data)) == data
    except HutongError as error:
        assert error.code in ("HT-LOG-17", "HT-LOG-06", "HT-LOG-07")
