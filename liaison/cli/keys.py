"""``hutong key``: an officer's own keys, from the first one to the last."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output
from liaison.cli import pin
from liaison.cli.options import READING, Manner, choices, helped, profile_path, takes
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.signing import act, catch_up

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from hutong.client.joining import JoinRequest
    from hutong.directory.records import Key
    from liaison.office import Draft, Office

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-key-help"))

NodeOption = Annotated[str, typer.Option("--node", help=say("cli-node"))]
RequestOption = Annotated[Path | None, typer.Option("--request", help=say("cli-key-request"), show_default=False)]


@app.command()
@takes("cli-key-init-help", *READING)
def init(
    how: Manner,
    out: Annotated[Path | None, typer.Option("--out", help=say("cli-key-out"), show_default=False)] = None,
    contact: Annotated[str, typer.Option("--contact", help=say("cli-key-contact"))] = "",
    invitation: Annotated[str, typer.Option("--invitation", help=say("cli-key-invitation"))] = "",
    node: NodeOption = "",
    request: RequestOption = None,
) -> None:
    if bool(out) == bool(invitation):
        raise HutongError("HT-CLI-35")
    if out:
        _head_key(out, contact, how.output, how.no_input)
    else:
        _join(profile_path(how.profile), invitation, contact, node, request, how.no_input)


@app.command()
@takes("cli-key-csr-help", "profile", "no_input")
def csr(how: Manner, request: RequestOption = None) -> None:
    from hutong.client.joining import join_request
    from hutong.tls.profile import Profile

    opened = Profile.open(profile_path(how.profile))
    key, _ = pin.unlock(opened.signing_key, no_input=how.no_input)
    _hand_over(join_request(opened, key), request)


@app.command()
@takes("cli-key-renew-help", "profile")
def renew(how: Manner) -> None:
    from hutong.client.hub import HubClient
    from hutong.tls.profile import Profile

    opened = Profile.open(profile_path(how.profile))

    async def run() -> None:
        async with HubClient(opened, opened.policy) as hub:
            await hub.renew()

    _check_half_over(opened.certificate())
    asyncio.run(run())
    tell("cli-certificate", date=opened.certificate().not_valid_after_utc.date())


def _check_half_over(certificate: Certificate) -> None:
    """HT-CLI-46 before half of the certificate's life is over; the hub would refuse it."""
    import datetime as dt

    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    since = begins + (ends - begins) / 2
    if dt.datetime.now(dt.UTC) < since:
        raise HutongError("HT-CLI-46", since=since.date(), until=ends.date())


@app.command()
@takes("cli-key-rotate-help", "profile", "no_input")
def rotate(how: Manner, request: RequestOption = None) -> None:
    from hutong.tls.profile import Profile
    from liaison import rekey

    opened = Profile.open(profile_path(how.profile))
    _, secret = pin.unlock(opened.signing_key, no_input=how.no_input)

    async def work(office: Office) -> JoinRequest | None:
        office.key = opened.signing_key(secret)
        await catch_up(office)
        return await rekey.rotate(office, secret)

    waiting = in_office(how, work)
    if waiting is None:
        tell("cli-key-rotated", keyid=opened.signing_key(secret).keyid)
        return
    _hand_over(waiting, request)
    tell("cli-key-waiting")


@app.command()
@takes("cli-key-revoke-help", "profile", "no_input", "dry_run", "yes", grave=True)
def revoke(
    how: Manner,
    keyid: Annotated[str, typer.Argument(metavar="KEYID", help=say("cli-keyid"))],
    reason: Annotated[
        str, typer.Option("--reason", help=choices("cli-key-reason", "code.revocation_reason"))
    ] = "superseded",
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import rekey, words

    code = words.parse(codes_pb2.RevocationReason, reason, "--reason")
    found: list[Key] = []

    async def prepare(office: Office) -> Draft:
        found.append(rekey.own_key(office, keyid))
        return rekey.revocation(office, keyid, code)

    if act(how, prepare) is not None:
        tell("cli-key-revoked", keyid=found[0].keyid, use=words.word(codes_pb2.KeyUse, found[0].use))


def _head_key(folder: Path, contact: str, output: Output, no_input: bool) -> None:
    """A future head's key, before there is an agency: what its fingerprint is, to be read out to the operator."""
    from hutong.identifiers.ids import new_contact_id
    from hutong.signing.keys import SigningKey
    from hutong.tls.files import write_private
    from liaison.disk import at

    file = folder / "head.key"
    if file.exists():
        raise HutongError("HT-CLI-31", path=file.name)
    key, secret = SigningKey.generate(), pin.choose(no_input=no_input)
    with at(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(file, key.to_pem(secret.encode()))
    made = {"contact": contact or new_contact_id(), "fingerprint": key.keyid, "key": str(file)}
    if output is Output.JSON:
        write_json(made)
        return
    sys.stdout.write(f"{made['contact']}\n{made['fingerprint']}\n")
    tell("cli-key-head-made", file=file, contact=made["contact"])


def _join(path: Path, invitation: str, contact: str, node: str, request: Path | None, no_input: bool) -> None:
    """A contact's profile, and the request with which the head nominates the person."""
    from hutong.client.joining import join_request, new_profile
    from hutong.identifiers.ids import new_contact_id
    from hutong.signing.keys import SigningKey
    from liaison.cli.files import read_ticket

    ticket = read_ticket(invitation)
    key, secret = SigningKey.generate(), pin.choose(no_input=no_input)
    made = new_profile(ticket, path, "contact", contact or new_contact_id(), key, secret, node)
    _hand_over(join_request(made, key), request)


def _hand_over(made: JoinRequest, file: Path | None) -> None:
    """The request goes to a file or to stdout; the fingerprint is for the telephone."""
    from liaison.disk import at

    if file:
        with at(file):
            file.write_text(made.to_text())
    else:
        sys.stdout.write(made.to_text())
    tell("cli-key-requested", contact=made.contact, fingerprint=made.fingerprint)
