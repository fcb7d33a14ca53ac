"""Permissions asked once more, of entries that name the policies which this program ships (rules/permit)."""

from __future__ import annotations

from hutong.directory.records import Directory
from hutong.kinds import Kind
from hutong.v1 import header_pb2
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies


class Permission:
    """The shipped policies over the directory as it was at each entry."""

    def __init__(self) -> None:
        self._permit = Permit(Policies.shipped(), Directory())

    def covers(self, policy_sha256: bytes) -> bool:
        """Whether these are the policies that an entry names; of others only the hub's word is left."""
        return policy_sha256 == self._permit.policies.digest

    def statement(self, directory: Directory, header: header_pb2.Header, kind: Kind) -> str:
        """The policy that permits ``header``; HT-PRM-01, HT-PRM-03 or HT-DIR-01 where none does."""
        if self._permit.directory is not directory:
            self._permit = Permit(self._permit.policies, directory)
        return self._permit.statement(header, kind)
