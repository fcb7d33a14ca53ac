"""The list of what an export holds, signed by the log.

``manifest.json`` is canonical: sorted keys, one space of indent, ASCII, a newline at the end; a checker demands the
very bytes that it would write itself. The signature is the log's Ed25519 key's over DSSE's PAE of the same JSON
without "signature".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

from audit.log.folder import CHECKPOINT
from audit.log.tiles import Tile, grouped
from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.encoding import from_base64, to_base64
from hutong.proofs.note import Sign, VerifierKey
from hutong.proofs.policy import Policy
from hutong.signing.pae import pae

from .stock import POLICY

MANIFEST = "manifest.json"
CLAIMS = "claims.json"
CALENDAR = "calendar.txt"
PAYLOAD_TYPE = "application/vnd.hutong.manifest.v1+json"
VERSION = 1
MAX_MANIFEST = 1 << 30

_HEX = re.compile(r"[0-9a-f]{64}")
_STATEMENT = re.compile(r"statements/((?:x[0-9]{3}/){0,5}[0-9]{3})\.pb")
_RULES = re.compile(r"(?:rules|policies)/[a-z0-9][a-z0-9_-]{0,63}\.[a-z]{1,16}")
_DIRECTORY = re.compile(r"directory/[a-z][a-z0-9-]{1,31}\.json")


class FileRecord(NamedTuple):
    """One file: path relative to the export (slashes), size in bytes, hex SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an export holds: the head of its log, and every file but the README and the manifest itself."""

    origin: str
    log_size: int
    root: str
    files: tuple[FileRecord, ...]
    key: str = ""
    signature: bytes = b""

    @classmethod
    def of(cls, checkpoint: Checkpoint, files: Iterable[FileRecord]) -> Manifest:
        """The manifest of these files, not signed yet."""
        return cls(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), tuple(sorted(files)))

    def signed(self, key: VerifierKey, sign: Sign) -> Manifest:
        """This manifest under the log's key."""
        return replace(self, key=_key_name(key), signature=sign(self._message()))

    def signed_by(self, policy: Policy) -> bool:
        """Whether a log of ``policy`` that carries this origin's name signed exactly this."""
        keys = [key for key in policy.logs if key.name == self.origin and _key_name(key) == self.key]
        return any(key.holds(self._message(), self.signature) for key in keys)

    def __bytes__(self) -> bytes:
        return _canonical({**self._body(), "signature": {"key": self.key, "sig": to_base64(self.signature)}})

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """The manifest in ``data``; HT-LOG-21, with the field that is wrong, for anything but canonical bytes."""
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            raise HutongError("HT-LOG-21", field="JSON") from None
        body = _fields(
            document, "manifest", version=int, origin=str, log_size=int, root=str, files=list, signature=dict
        )
        signature = _fields(body["signature"], "signature", key=str, sig=str)
        files = [_record(item) for item in body["files"]]
        sig = from_base64(signature["sig"])
        if body["version"] != VERSION:
            raise HutongError("HT-LOG-21", field="version")
        if sig is None:
            raise HutongError("HT-LOG-21", field="sig")
        manifest = cls(body["origin"], body["log_size"], body["root"], tuple(files), signature["key"], sig)
        paths = [record.path for record in files]
        if any(one >= other for one, other in pairwise(paths)):
            raise HutongError("HT-LOG-21", field="files")
        if bytes(manifest) != data:
            raise HutongError("HT-LOG-21", field="canonical JSON")
        return manifest

    def _message(self) -> bytes:
        return pae(PAYLOAD_TYPE, _canonical(self._body()))

    def _body(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "origin": self.origin,
            "log_size": self.log_size,
            "root": self.root,
            "files": [record._asdict() for record in self.files],
        }


def allowed(path: str) -> bool:
    """Whether a manifest may list ``path``: only what an export's layout has, so nothing can point outside of it."""
    if path in (POLICY, CLAIMS, CALENDAR, f"log/{CHECKPOINT}") or statement_index(path) is not None:
        return True
    if _DIRECTORY.fullmatch(path) or _RULES.fullmatch(path):
        return True
    try:
        return path.startswith("log/") and bool(Tile.parse(path.removeprefix("log/")))
    except HutongError:
        return False


def statement_path(index: int) -> str:
    """Where an export keeps the statement of entry ``index``: ``statements/x001/234.pb``, in groups like tiles."""
    return f"statements/{grouped(index)}.pb"


def statement_index(path: str) -> int | None:
    """The entry whose statement ``path`` is, or None."""
    match = _STATEMENT.fullmatch(path)
    index = int(re.sub("[x/]", "", match[1])) if match else -1
    return index if match and statement_path(index) == path else None


def _key_name(key: VerifierKey) -> str:
    return f"{key.name}+{key.key_id.hex()}"


def _canonical(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, sort_keys=True, indent=1, separators=(",", ": ")) + "\n").encode("ascii")


def _fields(value: Any, name: str, **types: type) -> dict[str, Any]:
    """``value`` if it is an object of exactly these fields with exactly these types."""
    if not isinstance(value, dict) or value.keys() != types.keys():
        raise HutongError("HT-LOG-21", field=name)
    for field, kind in types.items():
        if type(value[field]) is not kind:
            raise HutongError("HT-LOG-21", field=field)
    return value


def _record(item: Any) -> FileRecord:
    fields = _fields(item, "files", path=str, size=int, sha256=str)
    if fields["size"] < 0 or not _HEX.fullmatch(fields["sha256"]):
        raise HutongError("HT-LOG-21", field="files")
    return FileRecord(fields["path"], fields["size"], fields["sha256"])
