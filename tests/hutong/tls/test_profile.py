"""Profiles: what they keep, across restarts, crashes, processes, and prying eyes."""

from __future__ import annotations

import multiprocessing
import stat
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.sealing.keys import OpeningKey
from hutong.signing.keys import SigningKey
from hutong.signing.possession import check, prove
from hutong.tls import files
from hutong.tls.config import Config
from hutong.tls.names import check_root, read_chain
from hutong.tls.profile import Profile
from hutong.tls.spiffe import Subject
from hutong.tls.state import State
from hutong.v1.codes_pb2 import ALGORITHM_ECDSA_P256, KEY_USE_TLS
from hutong.v1.kinds_pb2 import KeyBound

NewProfile = Callable[..., Profile]
ORIGIN = "hutong.example/log"
SUBJECT = "spiffe://hutong.example/agency/police-sh/contact/c0123456789ab"


def refused(code: str, action: Callable[..., object], *arguments: Any, **named: Any) -> None:
    with pytest.raises(HutongError) as raised:
        action(*arguments, **named)
    assert raised.value.code == code


def test_create_and_open(new_profile: NewProfile, authority: Any) -> None:
    made = new_profile(pin="2580")
    found = Profile.open(made.path)
    assert found.config == made.config and found.subject.uri == SUBJECT
    assert (found.origin, found.agency, found.contact) == (ORIGIN, "police-sh", "c0123456789ab")
    assert found.root_pem == authority.root_pem and found.checkpoint is None and found.sent_ids() == []
    assert found.signing_key("2580").keyid == made.signing_key("2580").keyid
    for pin in (None, "", "2581"):
        refused("HT-SIG-08", found.signing_key, pin)


def test_only_the_owner_reads_it(new_profile: NewProfile) -> None:
    profile = new_profile()
    profile.next_sequence()
    profile.keep_sent(bytes(16), b"x")
    for each in (profile.path, *profile.path.rglob("*")):
        assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600), each.name
    assert not list(profile.path.rglob("*.new"))


@pytest.mark.parametrize("name", [".", "signing.key", "tls.key", "opening.key"])
def test_a_profile_that_others_can_read_is_not_used(name: str, new_profile: NewProfile) -> None:
    profile = new_profile()
    profile.save_opening_key(OpeningKey.generate())
    target = profile.path / name
    target.chmod(target.stat().st_mode | 0o040)
    refused("HT-TLS-03", Profile.open, profile.path)


def test_nothing_is_written_over(new_profile: NewProfile) -> None:
    profile = new_profile()
    keyid = profile.signing_key().keyid
    refused("HT-TLS-02", new_profile)
    assert Profile.open(profile.path).signing_key().keyid == keyid
    other = Config(origin=ORIGIN, address="a.example:1", subject=SUBJECT.replace("police", "market"))
    refused("HT-TLS-02", profile.save_config, other)
    assert [p.name for p in profile.path.parent.iterdir()] == ["profile"]


def test_a_crash_while_creating_leaves_no_profile(new_profile: NewProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0

    def failing(path: Path, data: bytes) -> None:
        nonlocal written
        written += 1
        if written == 4:
            raise OSError("disk full")
        files.write_private(path, data)

    monkeypatch.setattr("hutong.tls.profile.write_private", failing)
    refused("HT-TLS-08", new_profile)
    monkeypatch.undo()
    assert new_profile().next_sequence() == 1


def test_missing_and_damaged(new_profile: NewProfile, tmp_path: Path) -> None:
    refused("HT-TLS-01", Profile.open, tmp_path / "nowhere")
    profile = new_profile()
    for text in (b"origin =", b"\xff", b'origin = "hutong.example/log"\n', b"origin = 1\n"):
        (profile.path / "config.toml").write_bytes(text)
        refused("HT-TLS-06", Profile.open, profile.path)
    (profile.path / "config.toml").write_text(profile.config.to_toml() + 'more = "x"\n')
    refused("HT-TLS-06", Profile.open, profile.path)
    (profile.path / "config.toml").write_text(profile.config.to_toml())
    (profile.path / "signing.key").write_bytes(b"no key")
    refused("HT-SIG-07", Profile.open(profile.path).signing_key)
    (profile.path / "signing.key").unlink()
    refused("HT-TLS-01", Profile.open(profile.path).signing_key)
    refused("HT-TLS-01", profile.chain_pem)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"origin": "Hutong"}, "HT-TLS-07"),
        ({"address": ""}, "HT-TLS-07"),
        ({"node_address": "hub"}, "HT-TLS-07"),
        ({"subject": "police"}, "HT-TLS-05"),
        ({"origin": "other.example/log"}, "HT-TLS-05"),
    ],
)
def test_configurations_that_cannot_be(change: dict[str, str], code: str) -> None:
    good = {"origin": ORIGIN, "address": "hub.example:1", "subject": SUBJECT}
    assert Config.from_toml(Config(**good).to_toml().encode()) == Config(**good)
    refused(code, Config, **(good | change))


def test_certificates_must_be_for_this_profile(new_profile: NewProfile, authority: Any) -> None:
    profile, other = new_profile(), new_profile("other")
    chain = authority.certify(profile.request())
    profile.save_chain(chain)
    assert profile.chain_pem() == chain and profile.certificate().not_valid_after_utc
    refused("HT-TLS-04", profile.save_chain, authority.certify(other.request()))
    refused("HT-TLS-04", profile.save_chain, "no certificate")
    assert profile.chain_pem() == chain


@given(where=st.integers(0, 2**16))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_a_damaged_certificate_is_an_error_of_ours(where: int, authority: Any) -> None:
    raw = bytearray(x509.load_pem_x509_certificate(authority.root_pem.encode()).public_bytes(Encoding.DER))
    raw[where // 8 % len(raw)] ^= 1 << where % 8
    pem = "-----BEGIN CERTIFICATE-----\n" + b64encode(raw).decode() + "\n-----END CERTIFICATE-----\n"
    with suppress(HutongError):  # a certificate's own signature is not what makes a root
        assert check_root(pem) == pem
        Subject.of(read_chain(pem)[0])


def test_the_tls_key_can_be_bound(new_profile: NewProfile) -> None:
    profile = new_profile()
    key = profile.tls_key()
    proof = prove(key, origin=ORIGIN, agency=profile.agency, holder=profile.contact, use=KEY_USE_TLS)
    bound = KeyBound(
        holder=profile.contact, use=KEY_USE_TLS, algorithm=ALGORITHM_ECDSA_P256, spki=key.spki, possession=proof
    )
    check(bound, origin=ORIGIN, agency=profile.agency)


def test_opening_keys_are_kept_when_they_are_replaced(new_profile: NewProfile) -> None:
    profile = new_profile()
    assert profile.opening_keys() == {}
    refused("HT-TLS-01", profile.opening_key)
    made = [OpeningKey.generate() for _ in range(3)]
    for key in made:
        profile.save_opening_key(key)
    assert profile.opening_key().keyid == made[-1].keyid
    assert sorted(profile.opening_keys()) == sorted(key.keyid for key in made)
    recovery = OpeningKey.generate()
    profile.save_recovery_key(recovery, "in the safe")
    assert profile.recovery_key("in the safe").keyid == recovery.keyid
    refused("HT-SIG-08", profile.recovery_key)
    assert recovery.keyid not in profile.opening_keys()


def test_signing_key_is_replaced(new_profile: NewProfile) -> None:
    profile, key = new_profile(), SigningKey.generate()
    profile.save_signing_key(key, "1")
    assert profile.signing_key("1").keyid == key.keyid


def draw(path: str, count: int, out: Any) -> None:
    state = State(Path(path))
    out.put([state.next_sequence() for _ in range(count)])


def test_sequence_across_processes_and_restarts(new_profile: NewProfile) -> None:
    profile = new_profile()
    assert [profile.next_sequence(), Profile.open(profile.path).next_sequence(), profile.next_sequence(10)] == [1, 2, 3]
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    workers = [context.Process(target=draw, args=(str(profile.path), 25, out)) for _ in range(3)]
    for worker in workers:
        worker.start()
    drawn = [out.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    assert sorted(n for each in drawn for n in each) == list(range(13, 88))


@pytest.mark.parametrize("text", [b"", b"x", b"-1", b"1 2", b"\xff", b"9" * 21])
def test_a_damaged_sequence_is_not_guessed(text: bytes, new_profile: NewProfile) -> None:
    profile = new_profile()
    (profile.path / "sequence").write_bytes(text)
    refused("HT-TLS-06", profile.next_sequence)


def test_a_full_disk_hands_out_no_number(new_profile: NewProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = new_profile()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    refused("HT-TLS-08", profile.next_sequence)
    monkeypatch.undo()
    assert profile.next_sequence() == 1
    assert not list(profile.path.glob(".*.new"))


def note(size: int) -> str:
    return f"{ORIGIN}\n{size}\nAAAA\n\n— hub AAAA\n"


def test_the_checkpoint_never_goes_back(new_profile: NewProfile) -> None:
    profile = new_profile()
    for size, kept in [(5, 5), (9, 9), (7, 9), (10, 10)]:
        profile.save_checkpoint(note(size))
        assert Profile.open(profile.path).checkpoint == note(kept)
    for text in ("", "x\ny\nz\n", "a\n-1\nb\n", "a\n１\nb\n"):
        refused("HT-TLS-06", profile.save_checkpoint, text)
    assert profile.checkpoint == note(10)


def test_what_was_sent_stays_as_it_was(new_profile: NewProfile) -> None:
    profile = new_profile()
    first, second = bytes(15) + b"\x01", bytes(15) + b"\x02"
    profile.keep_sent(second, b"two")
    profile.keep_sent(first, b"one")
    profile.keep_sent(first, b"one")
    refused("HT-IDN-01", profile.keep_sent, first, b"other")
    again = Profile.open(profile.path)
    assert again.sent(first) == b"one" and again.sent(bytes(16)) is None
    assert again.sent_ids() == [first, second]


def test_where_the_folder_is_a_file_writing_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file" / "x", tmp_path / "nowhere" / "x"):
        with pytest.raises(HutongError) as caught:
            files.write_private(path, b"x")
        assert caught.value.code == "HT-TLS-08"
