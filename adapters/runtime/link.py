"""The node's line to its hub: one client at a time, replaced when the certificate is; one directory through all."""

from __future__ import annotations

import asyncio

import grpc.aio

from adapters.runtime.directory import NodeDirectory
from adapters.runtime.store import Store
from hutong.client.hub import HubClient
from hutong.tls.profile import Profile


class Link:
    """Holds the client. ``first`` is one with a channel of its own, for tests and gateways."""

    def __init__(self, profile: Profile, store: Store, channel: grpc.aio.Channel | None = None) -> None:
        self.profile = profile
        policy = profile.policy
        self.hub = HubClient(profile, policy, channel)
        self.directory = NodeDirectory(profile.origin, self.hub.trust, store=store)
        self.directory.restore()
        self.hub.directory = self.directory
        self._read_whole = False
        self.writing = asyncio.Lock()
        """Held from taking sequence numbers to queueing what bears them, so that they go out in order."""

    @property
    def knows_directory(self) -> bool:
        """Whether the directory has been read to its end since the start, and holds the own agency.

        Halfway through, a mandate or key that stands further on would seem not to exist.
        """
        return self._read_whole and self.profile.agency in self.directory.records.agencies

    async def refresh(self) -> None:
        """Fetch what is new in the directory."""
        await self.hub.refresh_directory()
        self._read_whole = True

    async def replace(self) -> None:
        """Connect anew with the certificate that the profile holds now. Calls under way on the old channel are cut
        off; their callers start again."""
        old, fresh = self.hub, HubClient(self.profile, self.hub.trust.policy)
        fresh.trust, fresh.directory = old.trust, self.directory
        self.hub = fresh
        await old.close()

    async def close(self) -> None:
        """Close the channel."""
        await self.hub.close()
