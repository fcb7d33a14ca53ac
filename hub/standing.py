"""What the hub knows right now and every call looks at: directory, certificates, permissions.

Only the recorder and the enrolment service change it, each time as a whole; a call works with the snapshot it took.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, select

from hub.admission.identify import Issued
from hub.state import tables
from hub.state.database import reading
from hub.state.records import load_directory, table_of
from hutong.directory.records import Directory
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies

_CERTIFICATES = table_of(tables.CertificateRow)


@dataclass
class Standing:
    """The newest committed directory with its permissions, and the certificates issued."""

    policies: Policies
    permit: Permit
    issued: dict[bytes, Issued]
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def directory(self) -> Directory:
        """The directory of the permissions in use."""
        return self.permit.directory

    @staticmethod
    def load(connection: Connection, policies: Policies, directory_index: int) -> Standing:
        """The standing as the database has it."""
        directory = load_directory(connection, directory_index)
        return Standing(policies, Permit(policies, directory), issued_certificates(connection))

    def reload_certificates(self, engine: Engine) -> None:
        """Take over issued and revoked certificates; in force with the next message of any stream.

        One at a time, and read while it is one's turn: nobody puts an older picture in the place of a newer one.
        """
        with self._turn, reading(engine) as connection:
            self.issued = issued_certificates(connection)

    def move_to(self, directory: Directory) -> None:
        """Take over a changed directory; permissions are asked anew."""
        if directory is not self.permit.directory:
            self.permit = Permit(self.policies, directory)


def issued_certificates(connection: Connection) -> dict[bytes, Issued]:
    """Every certificate ever issued, by fingerprint."""
    c = _CERTIFICATES.c
    rows = connection.execute(select(c.fingerprint, c.agency, c.not_after, c.revoked_at))
    return {bytes(row[0]): Issued(row[1], row[2], row[3]) for row in rows}
