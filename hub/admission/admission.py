"""The one door: identify → open → verify → permit, then on to the recorder, in the order of arrival.

Verification of many goes to an executor, because it releases the GIL; that of one alone is done on the spot, because
the way to a thread and back would cost as much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import structlog

from hub.admission.identify import Peer
from hub.admission.open import Opened, open_submission
from hub.admission.quota import RefusalQuota
from hub.admission.verify import verify
from hub.clock import Clock
from hub.recorder.recorder import Recorder, seal_refusal
from hub.recorder.work import Admitted
from hub.standing import Standing
from hutong.directory.records import Directory
from hutong.errors import Category, HutongError
from hutong.v1 import entry_pb2, envelope_pb2

_log = structlog.get_logger("hub.admission")
_CHUNK = 32


@dataclass
class Admission:
    """Takes submissions of identified peers to the recorder."""

    origin: str
    standing: Standing
    recorder: Recorder
    executor: Executor
    clock: Clock
    quota: RefusalQuota
    _under_way: int = field(default=0)

    async def one(self, submission: envelope_pb2.Submission, peer: Peer) -> entry_pb2.Outcome:
        """The outcome of one submission."""
        (answer,) = await self.many([submission], peer)
        return await answer

    async def many(
        self, submissions: Sequence[envelope_pb2.Submission], peer: Peer
    ) -> list[asyncio.Future[entry_pb2.Outcome]]:
        """Hand ``submissions`` in, in order; a future for each one's outcome, in the same order."""
        self._under_way += len(submissions)
        try:
            directory = self.standing.directory
            opened = []
            for place, submission in enumerate(submissions):
                if place and place % _CHUNK == 0:
                    # A batch of large statements lets others have their turn.
                    await asyncio.sleep(0)
                opened.append(self._open(submission, peer))
            checked = await self._verify(opened, directory)
            return [self._hand_in(one, found, peer) for one, found in zip(opened, checked, strict=True)]
        finally:
            self._under_way -= len(submissions)

    def _open(self, submission: envelope_pb2.Submission, peer: Peer) -> Opened | HutongError:
        try:
            self.quota.check(peer.client, self.clock.now())
            opened = open_submission(submission, self.origin)
            _own_name(opened, peer)
        except HutongError as error:
            return error
        except Exception:
            return _unforeseen()
        return opened

    async def _verify(self, opened: Sequence[Opened | HutongError], directory: Directory) -> list[bytes | HutongError]:
        if self._under_way == 1:
            return _verify_all(opened, directory)
        loop = asyncio.get_running_loop()
        chunks = [opened[at : at + _CHUNK] for at in range(0, len(opened), _CHUNK)]
        found = await asyncio.gather(
            *(loop.run_in_executor(self.executor, _verify_all, chunk, directory) for chunk in chunks)
        )
        return [one for chunk in found for one in chunk]

    def _hand_in(
        self, opened: Opened | HutongError, checked: bytes | HutongError, peer: Peer
    ) -> asyncio.Future[entry_pb2.Outcome]:
        answer: asyncio.Future[entry_pb2.Outcome] = asyncio.get_running_loop().create_future()
        try:
            if isinstance(opened, HutongError):
                raise opened
            if isinstance(checked, HutongError):
                raise checked
            self.recorder.submit(self._permit(opened, checked, peer, answer))
        except HutongError as error:
            answer.set_result(self._refused(opened, error, peer))
        return answer

    def _permit(self, opened: Opened, digest: bytes, peer: Peer, answer: asyncio.Future[entry_pb2.Outcome]) -> Admitted:
        """permit; what it refuses is authentic and goes on to the recorder, to be logged as refused."""
        permit = self.standing.permit
        try:
            permitted_by, refusal = permit.statement(opened.header, opened.kind), None
        except HutongError as error:
            permitted_by, refusal = "", error
        return Admitted(opened, digest, peer, permitted_by, permit.directory.index, answer, refusal)

    def _refused(self, opened: Opened | HutongError, error: HutongError, peer: Peer) -> entry_pb2.Outcome:
        """A refusal that is no entry; counted, so that a flood of them is cut off."""
        if error.category not in (Category.QUOTA, Category.UNAVAILABLE):
            self.quota.count(peer.client, self.clock.now())
        outcome = seal_refusal(error)
        if isinstance(opened, Opened):
            outcome.message_id = opened.header.message_id
        return outcome


def _verify_all(opened: Sequence[Opened | HutongError], directory: Directory) -> list[bytes | HutongError]:
    return [one if isinstance(one, HutongError) else _verify_one(one, directory) for one in opened]


def _verify_one(opened: Opened, directory: Directory) -> bytes | HutongError:
    try:
        return verify(opened, directory)
    except HutongError as error:
        return error
    except Exception:
        return _unforeseen()


def _unforeseen() -> HutongError:
    """One statement that nobody foresaw must not take down those beside it."""
    error = HutongError("HT-SYS-02")
    _log.exception("a statement could not be admitted", trace_id=error.trace_id)
    return error


def _own_name(opened: Opened, peer: Peer) -> None:
    """A system submits for its agency, an officer only in the own name."""
    sender = opened.header.sender
    if sender.agency != peer.agency:
        raise HutongError("HT-TLS-13", given=sender.agency, own=peer.agency)
    if peer.contact and sender.contact != peer.contact:
        raise HutongError("HT-TLS-13", given=sender.contact, own=peer.contact)
