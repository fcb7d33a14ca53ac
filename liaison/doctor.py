"""``hutong doctor``: what keeps this profile from working, each with the next step."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.message import DecodeError

from hutong.catalogue import load, say
from hutong.client.hub import HubClient, checked
from hutong.client.joining import now_ms
from hutong.directory.records import Directory
from hutong.errors import HutongError, sentences
from hutong.tls.channel import HUB_NAME
from hutong.tls.names import check_root, node_name
from hutong.tls.profile import Profile
from hutong.v1 import casework_pb2, codes_pb2, exchange_pb2, header_pb2
from hutong.v1.envelope_pb2 import Envelope, Submission
from liaison.items import hub_now
from liaison.node import NodeClient
from liaison.notices import unsent
from liaison.probe import Answer, probe
from liaison.reading import moment

EXPIRY_DAYS = 7
SKEW_SECONDS = 60
"""The hub accepts statements up to five minutes ahead of its clock; long before that somebody should know."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``key`` names its sentence in the catalogue (doctor-…), which says the next step where it
    is not fine."""

    check: str
    fine: bool
    key: str
    params: dict[str, str] = field(default_factory=dict)


async def examine(path: Path) -> AsyncIterator[Finding]:
    """Look at the profile in ``path``, its hub and its agency's node, in the order in which things depend."""
    try:
        profile = Profile.open(path)
        check_root(profile.root_pem)
        expires = profile.certificate().not_valid_after_utc
    except HutongError as error:
        yield _error("profile", error)
        return
    yield Finding("profile", True, "doctor-profile-fine", {"subject": profile.subject.uri})
    yield _certificate(expires, dt.datetime.now(dt.UTC))
    answer = await asyncio.to_thread(probe, profile.address, profile.root_pem, HUB_NAME)
    yield _probed("hub", answer, profile.address)
    if answer is Answer.FINE:
        async for finding in _hub(profile):
            yield finding
    if profile.contact:
        async for finding in _node(profile):
            yield finding


def _certificate(expires: dt.datetime, now: dt.datetime) -> Finding:
    days = (expires - now).days
    params = {"date": expires.date().isoformat(), "days": str(days)}
    if expires <= now:
        return Finding("certificate", False, "doctor-certificate-expired", params)
    key = "doctor-certificate-soon" if days < EXPIRY_DAYS else "doctor-certificate-fine"
    return Finding("certificate", days >= EXPIRY_DAYS, key, params)


def _probed(check: str, answer: Answer, address: str) -> Finding:
    return Finding(check, answer is Answer.FINE, f"doctor-probe-{answer}", {"address": address})


async def _hub(profile: Profile) -> AsyncIterator[Finding]:
    try:
        async with HubClient(profile, profile.policy) as hub:
            await hub.checkpoint()
            directory = await hub.refresh_directory()
            newest = hub.trust.newest
            yield Finding("log", True, "doctor-log-fine", {"size": str(newest.size if newest else 0)})
            yield _key(profile, directory.records)
            yield await _clock(hub)
            if profile.contact:
                yield await _notices(hub, profile.contact)
    except HutongError as error:
        yield _error("log", error)


def _key(profile: Profile, directory: Directory) -> Finding:
    """Whether a signing key of whoever this is stands in the log, in force."""
    use = codes_pb2.KEY_USE_OFFICER if profile.contact else codes_pb2.KEY_USE_AGENCY_SYSTEM
    now = now_ms()
    bound = [
        key.keyid
        for key in directory.keys.values()
        if (key.agency, key.holder, key.use) == (profile.agency, profile.contact, use)
        and directory.key_in_force(key.keyid, now)
    ]
    if not bound:
        return Finding("key", False, "doctor-key-unbound", {"contact": profile.contact})
    return Finding("key", True, "doctor-key-fine", {"keyid": bound[-1]})


async def _clock(hub: HubClient) -> Finding:
    """This machine's clock against the hub's, which tells its time only by what it records.

    A record from the future shows that it is later there. Otherwise the newest statement of this profile is compared:
    when it was written here, and when it was recorded there.
    """
    records = (await checked(hub.casework.ListObligations(casework_pb2.ListObligationsRequest(limit=1000)))).obligations
    now = now_ms()
    ahead = round((hub_now(now, records) - now) / 1000)
    if ahead > SKEW_SECONDS:
        return _skew(ahead, "seen", now + ahead * 1000)
    for message_id in reversed(hub.profile.sent_ids()):
        envelope, written = _sent(hub.profile, message_id)
        try:
            request = exchange_pb2.GetReceiptRequest(message_id=message_id)
            receipt = (await checked(hub.exchange.GetReceipt(request))).receipt
        except HutongError as error:
            if error.code == "HT-NFD-01":
                continue
            raise
        entry, _ = hub.trust.believe(receipt, envelope)
        return _skew(round((entry.recorded_at - written) / 1000), "sent", entry.recorded_at)
    return Finding("clock", True, "doctor-clock-unknown")


async def _notices(hub: HubClient, contact: str) -> Finding:
    """Whether what the hub had to tell this contact by mail or webhook has gone out."""
    found = await unsent(hub, contact, now_ms())
    if not found:
        return Finding("notices", True, "doctor-notices-fine")
    said = sentences(found[0].error, {"status": found[0].answer})
    params = {"count": str(len(found)), "why": said.why, "next": said.next, "code": found[0].error}
    return Finding("notices", False, "doctor-notices-unsent", params)


def _skew(seconds: int, compared: str, when: int) -> Finding:
    """``seconds`` by which the hub is later, and what told so at ``when`` (ms, the hub's time)."""
    fine = abs(seconds) <= SKEW_SECONDS
    key = "fine" if fine else "slow" if seconds > 0 else "fast"
    told = say(f"doctor-clock-{compared}", when=moment(when))
    return Finding("clock", fine, f"doctor-clock-{key}", {"seconds": str(abs(seconds)), "compared": told})


def _sent(profile: Profile, message_id: bytes) -> tuple[Envelope, int]:
    """A statement kept by the profile, and when it was written. HT-TLS-06."""
    try:
        envelope = Submission.FromString(profile.sent(message_id) or b"").envelope
        return envelope, header_pb2.Header.FromString(envelope.payload).issued_at
    except DecodeError as error:
        raise HutongError("HT-TLS-06", file=f"sent/{message_id.hex()}.pb") from error


async def _node(profile: Profile) -> AsyncIterator[Finding]:
    address = profile.config.node_address
    if not address:
        yield Finding("node", False, "doctor-node-none")
        return
    answer = await asyncio.to_thread(probe, address, profile.root_pem, node_name(profile.agency))
    if answer is not Answer.FINE:
        yield _probed("node", answer, address)
        return
    node = NodeClient(profile)
    try:
        status = await node.status()
        params = {"address": address, "alarms": _alarms(status.alarms), "dead": str(status.dead_letters)}
        key = "doctor-node-alarms" if status.alarms or status.dead_letters else "doctor-node-fine"
        yield Finding("node", not status.alarms, key, params)
    except HutongError as error:
        yield _error("node", error)
    finally:
        await node.close()


def _alarms(codes: Iterable[str]) -> str:
    """What each alarm of a node means; a code that this program does not know stays as it is."""
    known = load("errors")
    said = (say("doctor-alarm", what=sentences(code, {}).what, code=code) if code in known else code for code in codes)
    return say("list-comma").join(said) or say("doctor-no-alarm")


def _error(check: str, error: HutongError) -> Finding:
    said = error.sentences()
    return Finding(
        check,
        False,
        "doctor-error",
        {"what": said.what, "why": said.why, "next": said.next, "code": error.code},
    )
