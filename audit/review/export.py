"""Making what an auditor takes away: a folder that verifies alone.

manifest.json          every other file with size and SHA-256, signed by the log
log/                   checkpoint, tiles and entry bundles, only those that the checkpoint needs
log.policy             whose checkpoints count
statements/….pb        hutong.v1.Envelope of each entry, by its index in groups of three digits
rules/, policies/, calendar.txt         by which it was decided: their digests stand in the entries
directory/<agency>.json, claims.json    what the hub says follows from it
README*                for people; covered by nothing
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import rmtree

from audit.log.folder import publish
from audit.log.reader import LogReader
from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note, Sign, VerifierKey
from hutong.proofs.policy import Policy

from .files import Found, digest_file, walk
from .manifest import CLAIMS, MANIFEST, FileRecord, Manifest, statement_path
from .stock import POLICY

_README = re.compile(r"README[A-Za-z0-9._-]*")


def write_export(
    target: Path,
    *,
    log: LogReader,
    note: Note,
    policy: Policy,
    statements: Iterable[tuple[int, bytes]],
    texts: Mapping[str, bytes],
    directory: Mapping[str, bytes],
    claims: bytes,
    key: VerifierKey,
    sign: Sign,
    readme: Mapping[str, str],
) -> Manifest:
    """Write the export to ``target``, which appears whole or not at all; gives its manifest.

    Args:
        log: tiles and entries at least up to the checkpoint in ``note``.
        statements: index and serialised hutong.v1.Envelope of each entry, taken one at a time.
        texts: path → rules, policies and calendar.
        directory: agency code → JSON.
        claims: the hub's current state as JSON.
        key, sign: the log's own key, whose name is the origin.
        readme: file name beginning with README → text.

    Raises:
        HutongError: HT-LOG-45 when ``target`` holds something already, HT-LOG-16 and -37 when ``log`` is not what
        ``note``
            signs.
    """
    if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
        raise HutongError("HT-LOG-45")
    if not all(_README.fullmatch(name) for name in readme):
        raise ValueError("only files named README… may stand outside the manifest")
    draft = target.with_name(f".{target.name}.new")
    if draft.exists():
        rmtree(draft)
    publish(draft / "log", note, log, durable=False)
    _write(draft / POLICY, bytes(policy))
    _write(draft / CLAIMS, claims)
    for path, data in texts.items():
        _write(draft / path, data)
    for agency, record in directory.items():
        _write(draft / "directory" / f"{agency}.json", record)
    for index, envelope in statements:
        _write(draft / statement_path(index), envelope)
    manifest = Manifest.of(Checkpoint.parse(note.text), _records(draft)).signed(key, sign)
    _write(draft / MANIFEST, bytes(manifest))
    for name, text in readme.items():
        _write(draft / name, text.encode())
    # Renaming over an empty folder replaces it; a crash before this leaves the draft, which the next call clears away.
    draft.replace(target)
    return manifest


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _records(folder: Path) -> Iterable[FileRecord]:
    for path, found in walk(folder):
        if found is Found.FILE:
            yield FileRecord(path, *digest_file(folder / path, path))
