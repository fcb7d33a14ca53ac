"""The log over HTTPS, exactly as C2SP tlog-tiles lays it out, from the published folder.

Mutual TLS as everywhere. Hash tiles and checkpoint are for any enrolled party, entry bundles for auditors.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from audit.log.folder import CHECKPOINT
from audit.log.tiles import ENTRIES, Tile
from hub.edge import Door
from hutong.errors import Category, HutongError

_STATUS = {Category.UNAUTHENTICATED: 401, Category.FORBIDDEN: 403}


class TilesServer:
    """Serves ``folder`` on ``host``; the port is known after ``start``."""

    def __init__(self, door: Door, folder: Path) -> None:
        self._door = door
        self._folder = folder
        self.port = 0

    async def start(self, host: str, port: int, certificate: Path, key: Path, root: Path) -> None:
        """Listen; port 0 takes a free one."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(root))
        context.verify_mode = ssl.CERT_REQUIRED
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate, key)
        app = web.Application()
        app.router.add_get("/{path:.+}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=context)
        try:
            await site.start()
        except OSError as error:
            raise HutongError("HT-SYS-07", host=host, port=port) from error
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close."""
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            tile = None if request.match_info["path"] == CHECKPOINT else Tile.parse(request.match_info["path"])
            bundle = tile is not None and tile.level == ENTRIES
            peer = self._door.reader(_Context(request), "read_all_entries" if bundle else "read_hashes")
        except HutongError as error:
            raise _refused(error) from error
        file = self._folder / (tile.path if tile else CHECKPOINT)
        if not file.is_file():
            raise web.HTTPNotFound(text=f"{peer.agency}: no such tile\n")
        if tile is None:
            return web.FileResponse(
                file, headers={"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}
            )
        headers = {"Content-Type": "application/octet-stream", "Cache-Control": "max-age=31536000, immutable"}
        return web.FileResponse(file, headers=headers)


class _Context:
    """The TLS identity of an HTTP request, in the form in which gRPC gives it."""

    def __init__(self, request: web.Request) -> None:
        session = request.transport.get_extra_info("ssl_object") if request.transport else None
        self._der = session.getpeercert(binary_form=True) if session else None

    def auth_context(self) -> dict[str, list[bytes]]:
        """x509_pem_cert, as grpc names it."""
        if not self._der:
            return {}
        return {"x509_pem_cert": [x509.load_der_x509_certificate(self._der).public_bytes(Encoding.PEM)]}


def _refused(error: HutongError) -> web.HTTPException:
    status = _STATUS.get(error.category, 404)
    answers: dict[int, type[web.HTTPException]] = {401: web.HTTPUnauthorized, 403: web.HTTPForbidden}
    return answers.get(status, web.HTTPNotFound)(text=f"{error}\n")
