"""The hub's edge to gRPC: where a peer gets a name. How an error becomes a status stands in ``hutong.edge``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from hub.admission.identify import Peer, identify
from hub.clock import Clock
from hub.standing import Standing
from hutong.edge import Context, abort, guarded, guarded_stream
from hutong.errors import HutongError
from rules.permit.permit import By

__all__ = ["Context", "Door", "Identified", "abort", "guarded", "guarded_stream"]


class Identified(Protocol):
    """Anything that carries a TLS identity the way grpc does."""

    def auth_context(self) -> Mapping[str, Any]:
        """grpc's authentication context."""
        ...


class Door:
    """Tells who is calling, each time anew."""

    def __init__(self, standing: Standing, clock: Clock) -> None:
        self.standing = standing
        self.clock = clock

    def peer(self, context: Identified) -> Peer:
        """The peer behind ``context`` as of now; HT-TLS-11 or -12."""
        return identify(context.auth_context(), self.standing.issued, self.standing.directory, self.clock.now())

    def reader(self, context: Identified, action: str, towards: str = "") -> Peer:
        """The peer, if it may do the reading ``action`` towards ``towards`` (itself by default); HT-PRM-…."""
        peer = self.peer(context)
        self.standing.permit.check(peer.agency, action, towards or peer.agency, _by(peer))
        return peer

    def may(self, peer: Peer, action: str, towards: str) -> bool:
        """Whether ``peer`` may do the reading ``action`` towards ``towards``."""
        try:
            self.standing.permit.check(peer.agency, action, towards, _by(peer))
        except HutongError:
            return False
        return True


def _by(peer: Peer) -> By:
    return "system" if peer.is_system else "officer"
