"""The connector outwards: what arrived and holds, in the agency's own format, into out/.

A crash between writing and noting it writes the same names once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from adapters import plain
from adapters.contract import Adapter, NativeFile
from adapters.draft import DeadLetter
from adapters.runtime.arrivals import Arrival, Arrivals
from adapters.runtime.folder import Folder
from adapters.runtime.link import Link
from adapters.runtime.places import place
from adapters.runtime.store import Store
from adapters.runtime.troubles import Troubles
from adapters.runtime.verdict import opened
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2

_log = structlog.get_logger("adapters.node")
_COUNT = 50


@dataclass(frozen=True)
class _Opened:
    header: header_pb2.Header
    body: body_pb2.Body
    sender_type: codes_pb2.AgencyType.ValueType


@dataclass
class WriteBack:
    """Empties the list of what is still to be written out."""

    link: Link
    store: Store
    folder: Folder
    arrivals: Arrivals
    troubles: Troubles
    adapter: Adapter | None
    reach: Callable[[str], None]

    async def step(self) -> bool:
        """Write out up to _COUNT statements; whether there may be more."""
        found = self.arrivals.unrendered(_COUNT)
        profile = self.link.profile
        keys = profile.opening_keys() if found else {}
        for arrival in found:
            try:
                body = opened(arrival, keys, profile.agency)
            except HutongError as error:
                self._done(arrival, error)
                continue
            sender = self.link.directory.sender_type(arrival.header.sender.agency)
            failure = self._write(_Opened(arrival.header, body, sender))
            self.reach("written-out")
            self._done(arrival, failure)
        return len(found) == _COUNT

    def _write(self, statement: _Opened) -> HutongError | None:
        """Write the native files; failing that the contract's own JSON, and say why. Nothing that arrives is lost."""
        try:
            self._put(self.adapter.render(statement) if self.adapter else plain.render(statement))
        except HutongError as error:
            failure = error
        except OSError:  # the disk is full or the folder not writable: later
            raise
        except Exception as error:  # an adapter from elsewhere that breaks its word must not stop the node
            failure = HutongError("HT-NOD-08", part="render")
            _log.error("the adapter failed", trace_id=failure.trace_id, **place(error))
        else:
            return None
        self._put(plain.render(statement))
        return failure

    def _put(self, files: list[NativeFile]) -> None:
        for file in files:
            self.folder.write_out(file.name, file.data)

    def _done(self, arrival: Arrival, failure: HutongError | None) -> None:
        with self.store.transaction():
            if failure:
                letter = DeadLetter.of(f"message {arrival.verdict.message_id.hex()}", failure)
                self.troubles.bury(letter, "out", message_id=arrival.verdict.message_id)
            self.arrivals.set_unrendered(arrival.verdict.message_id, False)
