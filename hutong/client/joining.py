"""Joining a hub: how an agency gets its first certificates, binds its keys, and takes in its people.

An agency makes all its keys itself. Its head's first fingerprint goes to the operator out of band; from then on all
is the head's word in the log: the system's keys, the opening keys, each contact with their keys.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import grpc

from hutong.client.directory import VerifiedDirectory
from hutong.client.hub import HubClient
from hutong.client.refusals import from_call
from hutong.client.writing import Author, Letter, write
from hutong.errors import HutongError
from hutong.sealing.keys import OpeningKey
from hutong.signing import possession
from hutong.signing.keys import SigningKey, keyid
from hutong.tls.channel import enrolment_channel
from hutong.tls.config import Config
from hutong.tls.profile import Profile
from hutong.tls.spiffe import Subject
from hutong.tls.ticket import Ticket
from hutong.v1 import codes_pb2, directory_pb2, enrolment_pb2, enrolment_pb2_grpc, kinds_pb2

TERM_MS = 365 * 24 * 3600 * 1000
_SYSTEM = "node"


@dataclass(frozen=True)
class Founded:
    """A new agency's two identities: its head, and its node, which also holds the opening keys."""

    head: Profile
    node: Profile


def found(ticket: Ticket, folder: Path, head_key: SigningKey, contact: str, pin: str | None = None) -> Founded:
    """Make ``folder``/head and ``folder``/node and get their first certificates with the ticket's token.

    Repeating it after a crash needs a new ticket and a new folder. HT-ENR-11 for a token that is used or over.
    """
    node = new_profile(ticket, folder / "node", "system", _SYSTEM, SigningKey.generate())
    node.save_opening_key(OpeningKey.generate())
    node.save_recovery_key(OpeningKey.generate())
    head = new_profile(ticket, folder / "head", "contact", contact, head_key, pin)
    request = enrolment_pb2.EnrolRequest(token=ticket.token, requests=[node.request(), head.request()])
    with enrolment_channel(ticket) as channel:
        try:
            chains = enrolment_pb2_grpc.EnrolmentStub(channel).Enrol(request, timeout=30).chains
        except grpc.RpcError as error:
            raise from_call(error) from error
    node.save_chain(chains[0])
    head.save_chain(chains[1])
    return Founded(head, node)


def new_profile(
    ticket: Ticket, path: Path, kind: str, name: str, key: SigningKey, pin: str | None = None, node_address: str = ""
) -> Profile:
    """A profile at ``path`` for a system or contact of the ticket's agency, without a certificate yet."""
    subject = Subject(ticket.origin.partition("/")[0], ticket.agency, "system" if kind == "system" else "contact", name)
    config = Config(ticket.origin, ticket.address, subject.uri, ticket.enrol_address, node_address)
    return Profile.create(path, config=config, root_pem=ticket.root_pem, policy=ticket.policy, signing_key=key, pin=pin)


async def bind_first_keys(hub: HubClient, head_key: SigningKey, node: Profile) -> None:
    """The head's first act: bind its own key, the TLS keys, the system's key and both opening keys.

    ``hub`` is the head's client. What is bound already is passed over, so that it may be repeated; the node is told
    which keys these are. HT-EVD-03: the agency is registered with another head or first key; HT-EVD-04: the log holds
    keys for it that neither are these nor were bound by them. Whoever runs the hub could do both.
    """
    head = hub.profile
    wanted = [
        _signing_bound(head, head_key, head.contact, codes_pb2.KEY_USE_OFFICER),
        _signing_bound(head, head.tls_key(), head.contact, codes_pb2.KEY_USE_TLS),
        _signing_bound(head, node.tls_key(), "", codes_pb2.KEY_USE_TLS),
        _signing_bound(head, node.signing_key(), "", codes_pb2.KEY_USE_AGENCY_SYSTEM),
        _opening_bound(node.opening_key(), codes_pb2.KEY_USE_OPENING),
        _opening_bound(node.recovery_key(), codes_pb2.KEY_USE_OPENING_RECOVERY),
    ]
    # Those of an earlier login too: a key may have been changed since.
    own = dict.fromkeys([*node.founding_keys(), *(keyid(bound.spki) for bound in wanted)])
    node.save_founding_keys(own)
    directory = await hub.refresh_directory()
    _only_own(directory, head, own)
    for bound in wanted:
        if keyid(bound.spki) not in directory.records.keys:
            await say(hub, head_key, Letter("key_bound", bound, purpose=codes_pb2.PURPOSE_ADMINISTRATION))
    _only_own(await hub.refresh_directory(), head, own)


def _only_own(directory: VerifiedDirectory, head: Profile, own: Collection[str]) -> None:
    """The registration names this head and one of its keys, and the log holds nobody else's keys for the agency."""
    agency = directory.records.agencies.get(head.agency)
    if agency is None or agency.head_contact != head.contact or agency.head_keyid not in own:
        contact, named = (agency.head_contact, agency.head_keyid) if agency else ("–", "–")
        raise HutongError("HT-EVD-03", contact=contact, keyid=named)
    foreign = directory.foreign_keys(head.agency, own)
    if foreign:
        raise HutongError("HT-EVD-04", keyids=", ".join(key.keyid for key in foreign))


@dataclass(frozen=True)
class JoinRequest:
    """What a new contact gives the head: public keys with proofs that the contact holds them, all hex."""

    agency: str
    contact: str
    signing_algorithm: int
    signing_spki: str
    signing_possession: str
    tls_spki: str
    tls_possession: str

    def to_text(self) -> str:
        """JSON, for a file or a mail."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @staticmethod
    def from_text(text: str) -> JoinRequest:
        """The inverse; HT-ENR-21 for anything else."""
        try:
            request = JoinRequest(**json.loads(text))
            for each in (request.signing_spki, request.signing_possession, request.tls_spki, request.tls_possession):
                bytes.fromhex(each)
            codes_pb2.Algorithm.Name(codes_pb2.Algorithm.ValueType(request.signing_algorithm))
            Subject("hub", request.agency, "contact", request.contact)
        except (HutongError, ValueError, TypeError, RecursionError) as error:
            raise HutongError("HT-ENR-21") from error
        return request

    @property
    def fingerprint(self) -> str:
        """Of the signing key, to be compared with what the person reads out."""
        return keyid(bytes.fromhex(self.signing_spki))


def join_request(profile: Profile, key: SigningKey) -> JoinRequest:
    """The request of the contact whose profile this is."""
    officer = _signing_bound(profile, key, profile.contact, codes_pb2.KEY_USE_OFFICER)
    tls = _signing_bound(profile, profile.tls_key(), profile.contact, codes_pb2.KEY_USE_TLS)
    return JoinRequest(
        agency=profile.agency,
        contact=profile.contact,
        signing_algorithm=officer.algorithm,
        signing_spki=officer.spki.hex(),
        signing_possession=officer.possession.hex(),
        tls_spki=tls.spki.hex(),
        tls_possession=tls.possession.hex(),
    )


async def nominate(
    hub: HubClient,
    head_key: SigningKey,
    request: JoinRequest,
    card: directory_pb2.ContactCard,
    roles: Sequence[codes_pb2.ContactRole.ValueType],
    desks: Sequence[str] = (),
    term: int = TERM_MS,
) -> None:
    """明确具体联系人: the head names the person of ``request`` and binds the person's keys."""
    if request.agency != hub.profile.agency:
        raise HutongError("HT-ENR-22", agency=request.agency)
    now = now_ms()
    named = kinds_pb2.ContactNominated(
        contact=request.contact, roles=roles, desks=desks, term_from=now - 1, term_to=now + term
    )
    await say(
        hub,
        head_key,
        Letter(
            "contact_nominated",
            named,
            purpose=codes_pb2.PURPOSE_ADMINISTRATION,
            card=card.SerializeToString(),
        ),
    )
    await bind(hub, head_key, request, term)


async def bind(hub: HubClient, head_key: SigningKey, request: JoinRequest, term: int = TERM_MS) -> None:
    """The head binds the keys of a person who is in force already: at nomination, and when a key is changed.

    What is bound already is passed over, so that it may be repeated.
    """
    now = now_ms()
    directory = await hub.refresh_directory()
    for use, algorithm, spki, proof in (
        (codes_pb2.KEY_USE_OFFICER, request.signing_algorithm, request.signing_spki, request.signing_possession),
        (codes_pb2.KEY_USE_TLS, codes_pb2.ALGORITHM_ECDSA_P256, request.tls_spki, request.tls_possession),
    ):
        if keyid(bytes.fromhex(spki)) in directory.records.keys:
            continue
        bound = kinds_pb2.KeyBound(
            holder=request.contact,
            use=use,
            algorithm=codes_pb2.Algorithm.ValueType(algorithm),
            spki=bytes.fromhex(spki),
            possession=bytes.fromhex(proof),
            not_before=now - 1,
            not_after=now + term,
        )
        await say(hub, head_key, Letter("key_bound", bound, purpose=codes_pb2.PURPOSE_ADMINISTRATION))


def certify(profile: Profile) -> None:
    """Get the certificate for a profile whose TLS key the head has bound; also after it has run out."""
    with enrolment_channel(profile) as channel:
        request = enrolment_pb2.CertifyRequest(request=profile.request())
        try:
            chain = enrolment_pb2_grpc.EnrolmentStub(channel).Certify(request, timeout=30).chain
        except grpc.RpcError as error:
            raise from_call(error) from error
    profile.save_chain(chain)


async def mandate(hub: HubClient, key: SigningKey, kinds: Sequence[int], source: int, until: int) -> bytes:
    """The contact's standing leave for the agency's system; its id. ``until`` in milliseconds since 1970."""
    said = kinds_pb2.StandingMandate(kinds=kinds, source=codes_pb2.LeadSource.ValueType(source), until=until)
    letter = Letter("standing_mandate", said, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
    await say(hub, key, letter)
    return letter.message_id


async def say(hub: HubClient, key: SigningKey, letter: Letter) -> None:
    """Write, sign and send ``letter`` in the name of the client's contact."""
    profile = hub.profile
    author = Author(profile.origin, profile.agency, profile.contact, key)
    await hub.send(write(letter, author, hub.directory.records, profile.next_sequence(), now_ms()))


def now_ms() -> int:
    """This machine's time, milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def _signing_bound(
    profile: Profile, key: SigningKey, holder: str, use: codes_pb2.KeyUse.ValueType
) -> kinds_pb2.KeyBound:
    now = now_ms()
    proof = possession.prove(key, origin=profile.origin, agency=profile.agency, holder=holder, use=use)
    return kinds_pb2.KeyBound(
        holder=holder,
        use=use,
        algorithm=key.algorithm,
        spki=key.spki,
        not_before=now - 1,
        not_after=now + 5 * TERM_MS,
        possession=proof,
    )


def _opening_bound(key: OpeningKey, use: codes_pb2.KeyUse.ValueType) -> kinds_pb2.KeyBound:
    now = now_ms()
    return kinds_pb2.KeyBound(
        use=use,
        algorithm=codes_pb2.ALGORITHM_X25519,
        spki=key.spki,
        not_before=now - 1,
        not_after=now + 5 * TERM_MS,
    )
