"""A client process under load: writes leads, sends each until it has its receipt, and keeps what it was told.

    python sender.py PROFILE MARKER OUT

Every receipt is written to OUT (u32be lengths: message id, receipt) the moment it has come, before anything else.
Ends when MARKER disappears, after the statement under way.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import grpc.aio

from hutong.client.hub import Accepted, HubClient
from hutong.client.joining import now_ms
from hutong.client.refusals import retryable
from hutong.client.writing import Author, Letter, To, write
from hutong.errors import HutongError
from hutong.tls.channel import client_options, credentials
from hutong.tls.profile import Profile
from hutong.v1 import body_pb2, codes_pb2, envelope_pb2, header_pb2, kinds_pb2

T = TypeVar("T")


def lead() -> Letter:
    facts = kinds_pb2.Lead(source=codes_pb2.LEAD_SOURCE_COMPLAINT)
    common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN])
    body = body_pb2.Body(lead=body_pb2.LeadBody(title="t"))
    return Letter("lead", facts, to=[To("police")], body=body, common=common)


def keep(out: BinaryIO, *pieces: bytes) -> None:
    out.write(b"".join(len(piece).to_bytes(4, "big") + piece for piece in pieces))
    out.flush()


class Patient:
    """A client that begins anew at short intervals until the hub has decided: it is killed all the time."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._client = self._new()

    def _new(self) -> HubClient:
        # A connection of its own, so that it does not wait out the pauses that others have earned.
        options = [*client_options(self._profile.address), ("grpc.use_local_subchannel_pool", 1)]
        channel = grpc.aio.secure_channel(self._profile.address, credentials(self._profile), options)
        return HubClient(self._profile, self._profile.policy, channel)

    async def __call__(self, call: Callable[[HubClient], Awaitable[T]]) -> T:
        while True:
            try:
                return await call(self._client)
            except HutongError as error:
                if not retryable(error):
                    raise
            await self._client.close()
            await asyncio.sleep(0.1)
            self._client = self._new()


async def main(profile: Profile, marker: Path, out: BinaryIO) -> None:
    author = Author(profile.origin, profile.agency, profile.contact, profile.signing_key())
    directory = await Patient(profile)(lambda client: client.refresh_directory())

    async def flow() -> None:
        patient = Patient(profile)

        async def send(made: envelope_pb2.Submission) -> Accepted:
            accepted = await patient(lambda client: client.submit(made, within=10))
            keep(out, accepted.entry.message_id, accepted.receipt.SerializeToString())
            return accepted

        while await asyncio.to_thread(marker.exists):
            accepted = await send(made := write(lead(), author, directory.records, profile.next_sequence(), now_ms()))
            # Now and then the same once more, as a client does that missed the answer.
            if accepted.index % 7 == 0:
                await send(made)

    await asyncio.gather(*(flow() for _ in range(6)))


if __name__ == "__main__":
    with Path(sys.argv[3]).open("wb") as out:
        asyncio.run(main(Profile.open(Path(sys.argv[1])), Path(sys.argv[2]), out))
