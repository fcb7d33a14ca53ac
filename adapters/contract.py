"""What an adapter is: two pure functions between an agency's own files and the contract.

An adapter registers in the entry-point group ``hutong.adapters`` under its agency's name, as a module or an object with
the members of ``Adapter``. Neither function does I/O, reads a clock, or resolves anything that it finds in a file.

Beside these an adapter may have any of:

- ``SOURCES``, the names that its records bear in Body.source_system, so that drafts find their way back to it;
- ``FORMS``, a dictionary of further formats for ``hutong adapter convert --to``: name to a ``Gather``;
- ``gather``, the ``Gather`` that ``--to native`` uses where several statements are wanted in one file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from adapters.draft import Conversion
from hutong.v1 import body_pb2, codes_pb2, header_pb2


@dataclass(frozen=True)
class NativeFile:
    """A file in the agency's own format. ``name`` is plain ASCII without folders and unique for its statement."""

    name: str
    media_type: str
    data: bytes


class OpenedStatement(Protocol):
    """A verified statement with its opened body (an empty Body where the kind carries none)."""

    @property
    def header(self) -> header_pb2.Header: ...

    @property
    def body(self) -> body_pb2.Body: ...


Gather = Callable[[Sequence[OpenedStatement]], list[NativeFile]]
"""Many statements to native files. HutongError when one of them cannot be said in the format."""


@runtime_checkable
class KnownSender(OpenedStatement, Protocol):
    """A statement of which it is known, from the verified directory, what the sender is."""

    @property
    def sender_type(self) -> codes_pb2.AgencyType.ValueType: ...


@runtime_checkable
class Adapter(Protocol):
    """One agency's formats, both ways."""

    @property
    def AGENCY(self) -> str:
        """The name it is registered under: "banking"."""
        ...

    def convert(self, data: bytes, *, name: str = "", now: datetime) -> Conversion:
        """Native file to drafts. Never raises for anything in ``data``: what cannot be read is a dead letter. The
        format is recognised from content; ``name`` is only a hint for people. ``now`` is aware."""
        ...

    def render(self, statement: OpenedStatement) -> list[NativeFile]:
        """Statement to native files, at least one. HutongError when the statement cannot be said in the format."""
        ...
