"""Notices to one's own mailbox or webhook that the hub could not send: what it says of them, for doctor."""

from __future__ import annotations

from hutong.client.hub import HubClient, checked
from hutong.v1 import casework_pb2

_RECENT_MS = 7 * 24 * 3600 * 1000


async def unsent(hub: HubClient, contact: str, now: int) -> list[casework_pb2.Notice]:
    """Those to ``contact`` of the last seven days that failed, or were tried in vain so far; newest first."""
    request = casework_pb2.ListNoticesRequest(failed_only=True, limit=1000)
    found = (await checked(hub.casework.ListNotices(request))).notices
    return [notice for notice in found if notice.contact == contact and notice.made_at > now - _RECENT_MS]
