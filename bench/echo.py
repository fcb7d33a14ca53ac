"""A bare gRPC echo over the same mTLS: what the wire alone costs. Sends back the bytes of a Submit request."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import grpc
import grpc.aio

METHOD = "/bench.Echo/Echo"


class _Echo(grpc.GenericRpcHandler):
    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        async def echo(request: bytes, context: object) -> bytes:
            return request

        return grpc.unary_unary_rpc_method_handler(echo) if details.method == METHOD else None


async def serve(pair: tuple[bytes, bytes], root: bytes, ready: Path) -> None:
    """Serve with the hub's own key and certificate; write the port to ``ready``."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_Echo(),))
    mutual = grpc.ssl_server_credentials([pair], root, require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", mutual)
    await server.start()
    await asyncio.to_thread(ready.write_text, str(port))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await server.stop(1)


if __name__ == "__main__":
    keys = Path(sys.argv[1])
    server_pair = (keys / "server.key").read_bytes(), (keys / "server.pem").read_bytes()
    asyncio.run(serve(server_pair, (keys / "root.pem").read_bytes(), Path(sys.argv[2])))
