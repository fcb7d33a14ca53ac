"""What the hub knows right now and every call looks at: directory, certificates, permissions.

Only the recorder and the enrolment service change it, each time as a whole; a call works with the snapshot it took.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from hub.admission.identify import Issued
from hub.admission.permit import Permit, Policies
from hub.state import tables
from hub.state.records import load_directory, table_of
from hutong.directory.records import Directory

_CERTIFICATES = table_of(tables.CertificateRow)


@dataclass
class Standing:
    """The newest committed directory with its permissions, and the certificates issued."""

    policies: Policies
    permit: Permit
    issued: dict[bytes, Issued]

    @property
    def directory(self) -> Directory:
        """The directory of the permissions in use."""
        return self.permit.directory

    @staticmethod
    def load(connection: Connection, policies: Policies, directory_index: int) -> Standing:
        """The standing as the database has it."""
        directory = load_directory(connection, directory_index)
        standing = Standing(policies, Permit(policies, directory), {})
        standing.reload_certificates(connection)
        return standing

    def reload_certificates(self, connection: Connection) -> None:
        """Take over issued and revoked certificates; in force with the next message of any stream."""
        rows = connection.execute(select(_CERTIFICATES)).mappings()
        self.issued = {r["fingerprint"]: Issued(r["agency"], r["not_after"], r["revoked_at"]) for r in rows}

    def move_to(self, directory: Directory) -> None:
        """Take over a changed directory; permissions are asked anew."""
        if directory is not self.permit.directory:
            self.permit = Permit(self.policies, directory)
