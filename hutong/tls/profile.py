"""A client's identity as a folder, so that two officers can sit at one machine.

    config.toml     which log, where, and who         signing.key     signs statements, under a PIN for officers
    root.pem        the hub's root                    opening.key     nodes only; recovery.key, retired/<key id>.key
    log.policy      whose checkpoints count           founding.keys   nodes only: what the head bound at the first login
    tls.key         P-256                             checkpoint      the newest verified note
    tls.pem         its chain, once enrolled          sequence        the last client sequence used
    sent/           submissions, kept before their first sending, and the receipts of those that the hub has decided

The folder is 0700 and everything in it 0600; every file is replaced whole and durably.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hutong.errors import HutongError
from hutong.proofs.policy import Policy
from hutong.sealing.keys import OpeningKey
from hutong.signing.keys import SigningKey
from hutong.signing.pem import read_pem, write_pem
from hutong.tls.config import Config
from hutong.tls.files import locked, open_to_others, read_file, read_text, sync_folder, write_private
from hutong.tls.names import check_policy, check_root, read_chain
from hutong.tls.requests import make_csr, make_key
from hutong.tls.spiffe import Subject
from hutong.tls.state import State


class Profile(State):
    """One identity: an officer's, or that of an agency's system. Made by ``create`` or ``open``."""

    def __init__(self, path: Path, config: Config) -> None:
        super().__init__(path)
        self.config = config
        self.subject = Subject.parse(config.subject)

    @classmethod
    def create(
        cls, path: Path, *, config: Config, root_pem: str, policy: str, signing_key: SigningKey, pin: str | None = None
    ) -> Profile:
        """A new folder with a new TLS key; it appears complete or not at all.

        ``pin`` protects the signing key; a system that must start alone has none. HT-TLS-02 if ``path`` exists.
        """
        check_root(root_pem)
        check_policy(policy, config.origin)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for folder in (draft, draft / "sent", draft / "retired"):
                folder.mkdir(mode=0o700)
            files = {
                "config.toml": config.to_toml().encode(),
                "root.pem": root_pem.encode(),
                "log.policy": policy.encode(),
                "tls.key": write_pem(make_key(), None),
                "signing.key": signing_key.to_pem(_password(pin)),
                "sequence": b"0\n",
            }
            for name, data in files.items():
                write_private(draft / name, data)
            if path.exists():
                raise HutongError("HT-TLS-02", path=path.name)
            draft.rename(path)
            sync_folder(path.parent)
        except OSError as error:
            raise HutongError("HT-TLS-08", file=path.name) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return cls(path, config)

    @classmethod
    def open(cls, path: Path) -> Profile:
        """An existing folder. HT-TLS-01: none there; HT-TLS-03: others may read it; HT-TLS-06: damaged."""
        config = Config.from_toml(read_file(path / "config.toml"))
        for each in (path, *path.glob("*.key"), *path.glob("retired/*.key")):
            if open_to_others(each):
                raise HutongError("HT-TLS-03", file=each.name)
        return cls(path, config)

    @property
    def origin(self) -> str:
        """The log."""
        return self.config.origin

    @property
    def address(self) -> str:
        """host:port of the hub."""
        return self.config.address

    @property
    def enrol_address(self) -> str:
        """host:port of the hub's enrolment service; may be empty."""
        return self.config.enrol_address

    @property
    def agency(self) -> str:
        """The agency's code."""
        return self.subject.agency

    @property
    def contact(self) -> str:
        """The contact's id; empty for a system."""
        return self.subject.contact

    @property
    def root_pem(self) -> str:
        """The hub's root certificate. HT-TLS-01."""
        return read_text(self.path / "root.pem")

    @property
    def policy(self) -> Policy:
        """Whose checkpoints of the log count."""
        return Policy.parse(read_file(self.path / "log.policy"))

    def save_config(self, config: Config) -> None:
        """Replace the addresses; a profile's log and subject stay what they are (HT-TLS-02)."""
        if (config.origin, config.subject) != (self.config.origin, self.config.subject):
            raise HutongError("HT-TLS-02", path=self.path.name)
        write_private(self.path / "config.toml", config.to_toml().encode())
        self.config = config

    def signing_key(self, pin: str | None = None) -> SigningKey:
        """HT-SIG-08: the PIN is missing or wrong; HT-SIG-07: the file is no key; HT-TLS-01: there is none."""
        return SigningKey.from_pem(read_file(self.path / "signing.key"), _password(pin))

    def save_signing_key(self, key: SigningKey, pin: str | None = None) -> None:
        """Put ``key`` in the place of the old one, whose private half is gone then (signatures of it stay valid)."""
        write_private(self.path / "signing.key", key.to_pem(_password(pin)))

    def tls_key_pem(self) -> bytes:
        """The TLS key in the clear, PKCS #8 PEM, as gRPC takes it."""
        return read_file(self.path / "tls.key")

    def tls_key(self) -> SigningKey:
        """The TLS key as one that can prove its possession."""
        return SigningKey.from_pem(self.tls_key_pem())

    def request(self) -> bytes:
        """A certificate request for this profile's subject and TLS key, DER."""
        key = read_pem(self.tls_key_pem(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise HutongError("HT-TLS-06", file="tls.key")
        return make_csr(key, self.subject)

    def chain_pem(self) -> str:
        """Certificate chain, leaf first. HT-TLS-01 before enrolment."""
        return read_text(self.path / "tls.pem")

    def certificate(self) -> x509.Certificate:
        """The leaf of the chain, for example to see when it ends."""
        return read_chain(self.chain_pem())[0]

    def save_chain(self, pem: str) -> None:
        """Keep the chain that enrolment or renewal returned. HT-TLS-04 unless its leaf is for this key and subject."""
        chain = read_chain(pem)
        try:
            certified = chain[0].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise HutongError("HT-TLS-04") from error
        if certified != self.tls_key().spki or Subject.of(chain[0]) != self.subject:
            raise HutongError("HT-TLS-04")
        write_private(self.path / "tls.pem", pem.encode())

    def save_opening_key(self, key: OpeningKey) -> None:
        """Make ``key`` the active opening key. The one before is kept in retired/ until its messages are erased."""
        with locked(self.path / ".lock"):
            active = self.path / "opening.key"
            if active.exists():
                pem = active.read_bytes()
                write_private(self.path / "retired" / f"{OpeningKey.from_pem(pem).keyid}.key", pem)
            write_private(active, key.to_pem())

    def save_recovery_key(self, key: OpeningKey, password: str | None = None) -> None:
        """Write the recovery opening key; it belongs offline, so move recovery.key to a safe afterwards."""
        write_private(self.path / "recovery.key", key.to_pem(_password(password)))

    def recovery_key(self, password: str | None = None) -> OpeningKey:
        """The recovery key while it lies in the folder (HT-TLS-01), unlocked (HT-SIG-08)."""
        return OpeningKey.from_pem(read_file(self.path / "recovery.key"), _password(password))

    def opening_key(self) -> OpeningKey:
        """The active opening key; HT-TLS-01 if this is no node."""
        return OpeningKey.from_pem(read_file(self.path / "opening.key"))

    def opening_keys(self) -> dict[str, OpeningKey]:
        """Active and retired opening keys by key id, for ``open_body``; empty if this is no node."""
        found = (*self.path.glob("opening.key"), *self.path.glob("retired/*.key"))
        keys = (OpeningKey.from_pem(read_file(file)) for file in found)
        return {key.keyid: key for key in keys}

    def save_founding_keys(self, keyids: Iterable[str]) -> None:
        """Note the key ids that the head binds at the first login: with them the node tells its own from others."""
        write_private(self.path / "founding.keys", "".join(f"{keyid}\n" for keyid in keyids).encode())

    def founding_keys(self) -> list[str]:
        """Those key ids; none if this is no node, or one whose head logged in elsewhere."""
        file = self.path / "founding.keys"
        return read_text(file).split() if file.exists() else []


def _password(pin: str | None) -> bytes | None:
    return pin.encode() if pin else None
