"""Signed notes: published examples, another implementation, and everything that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales import signing as other
from tlog_scales.tlog import Checkpoint as OtherCheckpoint

from hutong.errors import HutongError
from hutong.proofs.note import COSIGNATURE, Note, VerifierKey

# C2SP signed-note, "Example"; and golang.org/x/mod/sumdb/note's own.
EXAMPLES = [
    (
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZ"
        "XsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
    ),
    (
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
    ),
]
GOOD = EXAMPLES[0][1]
TEXT, LINE = GOOD.split("\n\n")
WRONG = {
    "empty": b"",
    "no signature": TEXT.encode() + b"\n\n",
    "no blank line": f"{TEXT}\n{LINE}".encode(),
    "no last newline": GOOD.encode()[:-1],
    "surplus line": GOOD.encode() + b"more\n",
    "surplus newline": GOOD.encode() + b"\n",
    "carriage return": GOOD.replace("\n", "\r\n").encode(),
    "control character": GOOD.replace("This", "Th\x07is").encode(),
    "no UTF-8": GOOD.encode().replace(b"example m", b"\xff\xfe"),
    "hyphen for dash": GOOD.replace("—", "-").encode(),
    "two spaces": GOOD.replace("— ", "—  ").encode(),
    "plus in the name": GOOD.replace("example.com/foo ", "example+foo ").encode(),
    "space in the name": GOOD.replace("example.com/foo ", "example\u3000foo ").encode(),
    "no name": GOOD.replace("— example.com/foo", "— ").encode(),
    "no signature bytes": f"{TEXT}\n\n— example.com/foo Uw2QOg==\n".encode(),
    "loose base64": GOOD.replace("aQM=", "aQN=").encode(),
    "unpadded base64": GOOD.replace("aQM=", "aQM").encode(),
    "key twice": f"{TEXT}\n\n{LINE}{LINE}".encode(),
}
WRONG_KEYS = {
    "upper-case id": "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "another id": "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "another name": "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "no name": "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "another type": "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "short": "example.com/foo+530d903a+Aekyeg==",
    "no parts": "example.com/foo",
    "empty": "",
}


@pytest.mark.parametrize(("vkey", "text"), EXAMPLES)
def test_published_examples(vkey: str, text: str) -> None:
    key, note = VerifierKey.parse(vkey), Note.parse(text.encode())
    assert str(key) == vkey and str(note) == text
    assert note.signatures[0].by(key)
    assert key.check(note.text, note.signatures[0].signature) is None
    with pytest.raises(HutongError, match="HT-LOG-09"):
        key.check(note.text + "\n", note.signatures[0].signature)


@pytest.mark.parametrize("name", sorted(WRONG))
def test_malformed_notes(name: str) -> None:
    with pytest.raises(HutongError, match="HT-LOG-06"):
        Note.parse(WRONG[name])


@pytest.mark.parametrize("name", sorted(WRONG_KEYS))
def test_malformed_keys(name: str) -> None:
    with pytest.raises(HutongError, match="HT-LOG-35"):
        VerifierKey.parse(WRONG_KEYS[name])


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "ignore")))
def test_any_bytes_are_a_note_or_refused(data: bytes) -> None:
    try:
        assert bytes(Note.parse(data)) == data
    except HutongError as error:
        assert error.code == "HT-LOG-06"


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        assert str(VerifierKey.parse(text)) == text
    except HutongError as error:
        assert error.code == "HT-LOG-35"


@pytest.mark.parametrize("change", [0x01, 0x20, 0x80])
def test_no_flipped_byte_verifies(change: int) -> None:
    vkey, text = EXAMPLES[0]
    key, good = VerifierKey.parse(vkey), text.encode()
    for at in range(len(good)):
        data = bytearray(good)
        data[at] ^= change
        with pytest.raises(HutongError):
            note = Note.parse(bytes(data))
            signature = next((line for line in note.signatures if line.by(key)), None)
            if signature is None:
                raise HutongError("HT-LOG-08", origin="")
            key.check(note.text, signature.signature)


def test_signatures_and_cosignatures_as_others_check_them(
    make_log: Callable[..., Any], keys: Callable[..., VerifierKey], private: Callable[[str], Any]
) -> None:
    log = make_log(3)
    note, witness = log.cosigned("police", time=1_760_000_000), keys("police", "police", COSIGNATURE)
    theirs = OtherCheckpoint.from_text(str(note))
    for key in (log.key, witness):
        theirs.verify(other.Vkey.from_string(str(key)))
    assert witness.check(note.text, note.signatures[1].signature) == 1_760_000_000
    made = OtherCheckpoint.make_signed(
        "hutong.example/log", 3, log.frontier.root, [other.PlainEd25519Signer("hutong.example/log", private("log"))]
    )
    assert made.serialize() == str(log.note())


def test_a_cosignature_holds_for_its_time_only(make_log: Callable[..., Any], keys: Callable[..., VerifierKey]) -> None:
    note, witness = make_log(3).cosigned("police"), keys("police", "police", COSIGNATURE)
    signature = note.signatures[1].signature
    later = (int.from_bytes(signature[:8], "big") + 1).to_bytes(8, "big") + signature[8:]
    for wrong in (later, signature[:-1], signature[:8], b"", b"\xff" * 72):
        with pytest.raises(HutongError, match="HT-LOG-09"):
            witness.check(note.text, wrong)


def test_keys_do_what_they_are_for(keys: Callable[..., VerifierKey]) -> None:
    with pytest.raises(ValueError, match="cosigns"):
        keys("a", "a", COSIGNATURE).sign("text\n", lambda message: b"")
    with pytest.raises(ValueError, match="cosigns"):
        keys("a", "a").cosign("text\n", lambda message: b"", 1)
