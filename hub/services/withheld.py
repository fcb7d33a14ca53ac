"""Until when an agency was a platform: what was kept from it as one stays so, whatever it is registered as later."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hub.state import tables
from hub.state.records import table_of
from hutong.directory.records import Directory
from hutong.kinds import kinds
from hutong.v1 import codes_pb2, envelope_pb2, header_pb2

_STATEMENTS = table_of(tables.StatementRow)
_REGISTRATIONS = (
    select(_STATEMENTS.c.index, _STATEMENTS.c.envelope)
    .where(_STATEMENTS.c.kind == kinds()["agency_registered"].number, _STATEMENTS.c.refusal == "")
    .order_by(_STATEMENTS.c.index)
)


class Withheld:
    """Reads the registrations in the log; once for each directory, because they are few and change seldom."""

    def __init__(self) -> None:
        self._known: tuple[int, dict[str, int]] = (-1, {})

    def before(self, connection: Connection, directory: Directory, agency: str) -> int:
        """The entry by which ``agency`` ceased to be a platform for the last time; 0: it never did.

        Of entries before that it sees what a platform sees. ``connection`` reaches as far as ``directory`` or further.
        """
        known, ceased = self._known
        if known != directory.index:
            ceased = _ceased(connection)
            self._known = (directory.index, ceased)
        return ceased.get(agency, 0)


def _ceased(connection: Connection) -> dict[str, int]:
    types: dict[str, int] = {}
    ceased: dict[str, int] = {}
    for index, envelope in connection.execute(_REGISTRATIONS):
        payload = envelope_pb2.Envelope.FromString(envelope).payload
        said = header_pb2.Header.FromString(payload).agency_registered
        if types.get(said.agency) == codes_pb2.AGENCY_TYPE_PLATFORM != said.type:
            ceased[said.agency] = int(index)
        types[said.agency] = said.type
    return ceased
