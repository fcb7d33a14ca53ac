"""A hub's folder: keys, database, published log, attachments. ``create`` is ``hutong hub init``."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from hub.enrolment.authority import Authority
from hub.settings import CONFIG_NAME, HubSettings
from hub.state.database import migrate
from hutong.errors import HutongError
from hutong.proofs.note import ED25519, VerifierKey
from hutong.proofs.policy import Policy
from hutong.signing.keys import SigningKey
from hutong.tls.files import sole, write_private
from hutong.v1.codes_pb2 import ALGORITHM_ED25519


@dataclass(frozen=True)
class Home:
    """An initialised hub: its settings, the log's key and the certificate authority."""

    settings: HubSettings
    key: SigningKey
    authority: Authority

    @property
    def vkey(self) -> VerifierKey:
        """The key that signs checkpoints, named after the log's origin."""
        return verifier_key(self.settings.origin, self.key)

    @property
    def policy(self) -> Policy:
        """The policy file of this log; no witness stands in it yet."""
        return Policy(logs=(self.vkey,))

    @property
    def node(self) -> str:
        """Names the process that serves this folder among the nodes on one database; the same after a restart."""
        place = f"{socket.gethostname()}\0{self.settings.home.resolve()}"
        return hashlib.sha256(place.encode()).hexdigest()[:16]

    @staticmethod
    def open(settings: HubSettings) -> Home:
        """The hub in ``settings.home``; HT-SYS-04 when there is none."""
        key_file = settings.keys / "log.key"
        if not key_file.exists() or not (settings.keys / "root.pem").exists():
            raise HutongError("HT-SYS-04", home=settings.home)
        key = SigningKey.from_pem(key_file.read_bytes(), None)
        return Home(settings, key, Authority(settings.keys))

    @staticmethod
    def create(settings: HubSettings, now: dt.datetime) -> Home:
        """Make keys, authority, database and policy file. HT-SYS-05 where a hub stands already; the log key comes last,
        so that a crash on the way leaves something that ``create`` may finish."""
        if (settings.keys / "log.key").exists():
            raise HutongError("HT-SYS-05", home=settings.home)
        for folder in (settings.home, settings.keys, settings.attachments, settings.log_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = Authority.create(settings.keys, settings.origin, now)
        migrate(settings.url)
        _write_config(settings)
        key = SigningKey.generate(ALGORITHM_ED25519)
        home = Home(settings, key, authority)
        (settings.home / "log.policy").write_text(str(home.policy), encoding="utf-8")
        write_private(settings.keys / "log.key", key.to_pem(None))
        return home

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Serve this folder from no other process at once; HT-SYS-06 while one does."""
        lock = sole(self.settings.home / ".hub.lock")
        if lock is None:
            raise HutongError("HT-SYS-06", home=self.settings.home.name)
        try:
            yield
        finally:
            os.close(lock)


def verifier_key(origin: str, key: SigningKey) -> VerifierKey:
    """The vkey of the log ``origin`` signed with ``key``."""
    public = load_der_public_key(key.spki)
    assert isinstance(public, ed25519.Ed25519PublicKey)  # noqa: S101 - the log's key is made above
    return VerifierKey(origin, ED25519, public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _write_config(settings: HubSettings) -> None:
    """hub.toml with what was chosen at init; everything else keeps its default."""
    chosen = settings.model_dump(include=set(settings.model_fields_set) - {"home"}, mode="json")
    lines = [f"{name} = {_toml(value)}" for name, value in sorted(chosen.items())]
    Path(settings.home / CONFIG_NAME).write_text("\n".join([*lines, ""]), encoding="utf-8")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
