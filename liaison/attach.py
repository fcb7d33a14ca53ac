"""Files on their way into a statement: encrypted beside it, stored at the hub, named in header and sealed body."""

from __future__ import annotations

import mimetypes
import tempfile
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

from hutong.client.hub import HubClient
from hutong.sealing.files import encrypt_file
from hutong.v1 import body_pb2, header_pb2
from liaison.disk import at

_PIECE = 1 << 20


async def upload(hub: HubClient, files: Sequence[Path], body: body_pb2.Body) -> list[header_pb2.AttachmentRef]:
    """Encrypt and store ``files``; their keys and names go into ``body``, what is returned into the header.

    Ciphertext only touches a private temporary folder, which is gone afterwards. HT-ENV-01 above 1 GiB.
    """
    refs = []
    for file in files:
        with at(file), tempfile.TemporaryDirectory(prefix="hutong-") as folder:
            sealed = Path(folder) / "sealed"
            secret = encrypt_file(file, sealed)
            await hub.put_attachment(secret.address, secret.size, partial(_pieces, sealed))
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        body.attachments.append(secret.to_body(file.name, media_type))
        refs.append(secret.ref())
    return refs


async def _pieces(source: Path, offset: int) -> AsyncIterator[bytes]:
    with source.open("rb") as file:
        file.seek(offset)
        while piece := file.read(_PIECE):
            yield piece
