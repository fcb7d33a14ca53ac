"""Statements on their way to the hub: signed, kept, sent until each is decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hutong.client.hub import Accepted, HubClient
from hutong.client.joining import now_ms
from hutong.client.refusals import Refused, retryable
from hutong.client.writing import Author, Letter, write
from hutong.errors import HutongError
from hutong.signing.keys import SigningKey
from hutong.v1 import header_pb2
from hutong.v1.envelope_pb2 import Submission
from liaison.attach import upload
from liaison.reach import Reach


@dataclass(frozen=True)
class Draft:
    """The statements of one act as they would be signed: letters, the header that each would get, files to attach."""

    letters: tuple[Letter, ...]
    headers: tuple[header_pb2.Header, ...]
    files: tuple[Path, ...] = ()
    reaches: tuple[Reach, ...] = ()
    """Whom the obligations stand with that it lays or moves, and what comes next there, if the hub decides so."""
    notes: tuple[str, ...] = ()
    """What the person has to know before it is signed, in words."""


@dataclass
class Posting:
    """One officer's post. ``key`` gives the signing key when it is first needed."""

    hub: HubClient
    key: Callable[[], SigningKey]
    acting_for: str = ""
    """代理: the contact in whose place everything is signed; empty: in the officer's own name."""

    async def send(self, draft: Draft) -> list[Accepted]:
        """Sign all of ``draft``, keep it, then send one statement after the other until the hub has decided each.

        A crash in between leaves the kept ones to ``resume``. HT-CLI-39 when the hub did not answer.
        """
        first, *rest = draft.letters
        signed = [self._sign(letter) for letter in (await self._with_files(first, draft.files), *rest)]
        return await self._deliver(signed)

    async def resume(self) -> list[tuple[bytes, Accepted | Refused]]:
        """Send again, byte for byte, what an interruption left without an answer; what the hub said to each."""
        said = [each async for each in self.hub.resume()]
        if said:
            await self.hub.refresh_directory()
        return said

    async def dispatch(self, letter: Letter, key: SigningKey | None = None) -> Accepted:
        """Sign ``letter`` and send it until the hub has decided; the receipt is verified."""
        (accepted,) = await self._deliver([self._sign(letter, key)])
        return accepted

    def _sign(self, letter: Letter, key: SigningKey | None = None) -> Submission:
        profile = self.hub.profile
        signer = key or self.key()
        author = Author(profile.origin, profile.agency, profile.contact, signer, acting_for=self.acting_for)
        return write(letter, author, self.hub.directory.records, profile.next_sequence(), now_ms())

    async def _deliver(self, signed: Sequence[Submission]) -> list[Accepted]:
        ids = [self.hub.keep(submission) for submission in signed]
        done: list[Accepted] = []
        try:
            for submission in signed:
                done.append(await self.hub.send(submission))
        except Refused:
            # What was to follow a statement that the hub refused must not go out by itself later.
            for message_id in ids[len(done) :]:
                self.hub.profile.forget_sent(message_id)
            raise
        except HutongError as error:
            if retryable(error):
                raise HutongError("HT-CLI-39", id=ids[len(done)].hex()) from error
            raise
        return done

    async def _with_files(self, letter: Letter, files: Sequence[Path]) -> Letter:
        """``letter`` with ``files`` encrypted and stored, beside what it names already."""
        if not files or letter.body is None:
            return letter
        uploaded = await upload(self.hub, files, letter.body)
        return replace(letter, attachments=[*letter.attachments, *uploaded])
