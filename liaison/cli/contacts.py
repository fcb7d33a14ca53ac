"""``hutong contacts``: the named people of an agency, and what its system may send in their names."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output
from liaison.cli.away import absent, delegate
from liaison.cli.channels import app as channel
from liaison.cli.options import READING, SIGNING, Manner, choices, helped, profile_path, takes
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.signing import act, agree, asks, catch_up

if TYPE_CHECKING:
    from hutong.client.joining import JoinRequest
    from liaison.office import Draft, Office
    from liaison.people import Person

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-contacts-help"))
app.command()(absent)
app.command()(delegate)
app.add_typer(channel, name="channel")
_LEAST = 8
"""Digits of a fingerprint that a person compares at least."""
FingerprintOption = Annotated[str, typer.Option("--fingerprint", help=say("cli-contacts-fingerprint"))]
RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help=say("cli-contacts-request"))]


@app.command("list")
@takes("cli-contacts-list-help", *READING)
def list_(
    how: Manner,
    agency: Annotated[str, typer.Option("--agency", help=say("cli-contacts-agency"))] = "",
    everybody: Annotated[bool, typer.Option("--all", help=say("cli-contacts-all"))] = False,
) -> None:
    async def work(office: Office) -> tuple[list[Person], dict[str, str]]:
        from hutong.client.joining import now_ms
        from liaison.drafting import agency_code
        from liaison.people import people

        code = agency_code(office, agency) if agency else ""
        return people(office.directory, code, now_ms(), everybody=everybody), office.agency_names()

    found, names = in_office(how, work)
    if how.output is Output.JSON:
        write_json({"contacts": [_as_json(person) for person in found]})
    else:
        _table(found, names)


@app.command()
@takes("cli-contacts-nominate-help", "profile", "no_input", "dry_run")
def nominate(
    how: Manner,
    request: RequestArgument,
    name: Annotated[str, typer.Option("--name", help=say("cli-contacts-name"))],
    post: Annotated[str, typer.Option("--post", help=say("cli-contacts-post"))] = "",
    role: Annotated[
        list[str] | None, typer.Option("--role", help=choices("cli-contacts-role", "code.contact_role"))
    ] = None,
    desk: Annotated[list[str] | None, typer.Option("--desk", help=say("cli-contacts-desk"))] = None,
    phone: Annotated[str, typer.Option("--phone", help=say("cli-contacts-phone"))] = "",
    email: Annotated[str, typer.Option("--email", help=say("cli-contacts-email"))] = "",
    fingerprint: FingerprintOption = "",
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import people, words
    from liaison.cli.files import read_request

    given = read_request(request)
    manner = _compared(given, fingerprint, how)
    roles = [words.parse(codes_pb2.ContactRole, each, "--role") for each in role or ("liaison",)]
    card = people.disclosed(name, post, phone, email)

    async def work(office: Office) -> None:
        people.check_nomination(office, given, roles, desk or ())
        if how.dry_run:
            return
        if asks(manner):
            tell("cli-contacts-compare", name=name, contact=given.contact, fingerprint=given.fingerprint)
        agree(manner)
        _ = office.key
        await catch_up(office)
        await people.nominate(office, given, card, roles, desk or ())

    in_office(how, work)
    key = "cli-contacts-would-nominate" if how.dry_run else "cli-contacts-nominated"
    tell(key, contact=given.contact, fingerprint=given.fingerprint)


@app.command()
@takes("cli-contacts-bind-help", "profile", "no_input")
def bind(how: Manner, request: RequestArgument, fingerprint: FingerprintOption = "") -> None:
    from liaison.cli.files import read_request

    given = read_request(request)
    manner = _compared(given, fingerprint, how)

    async def work(office: Office) -> None:
        from hutong.client import joining

        if asks(manner):
            known = office.directory.contact_name(given.contact)
            tell("cli-contacts-compare", name=known, contact=given.contact, fingerprint=given.fingerprint)
        agree(manner)
        _ = office.key
        await catch_up(office)
        await joining.bind(office.hub, office.key, given)

    in_office(how, work)
    tell("cli-contacts-bound", contact=given.contact, fingerprint=given.fingerprint)


def _compared(given: JoinRequest, fingerprint: str, manner: Manner) -> Manner:
    """How to go on: a fingerprint that fits needs no question. HT-CLI-37: it does not; HT-CLI-44: nobody compared."""
    if fingerprint and (len(fingerprint) < _LEAST or not given.fingerprint.startswith(fingerprint.lower())):
        raise HutongError("HT-CLI-37", given=fingerprint[:64], found=given.fingerprint, least=_LEAST)
    if not (fingerprint or manner.dry_run or asks(manner)):
        raise HutongError("HT-CLI-44")
    return replace(manner, yes=bool(fingerprint))


@app.command()
@takes("cli-contacts-withdraw-help", "profile", "no_input", "dry_run", "yes", grave=True)
def withdraw(
    how: Manner,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help=say("cli-contacts-contact"))],
    voluntary: Annotated[bool, typer.Option("--voluntary", help=say("cli-contacts-voluntary"))] = False,
) -> None:
    async def prepare(office: Office) -> Draft:
        from liaison.people import withdrawal

        return await withdrawal(office, contact, voluntary=voluntary)

    if act(how, prepare) is not None:
        tell("cli-contacts-withdrawn", contact=contact)


@app.command()
@takes("cli-contacts-mandate-help", *SIGNING)
def mandate(
    how: Manner,
    kind: Annotated[list[str], typer.Option("--kind", help=say("cli-mandate-kind"))],
    source: Annotated[str, typer.Option("--source", help=choices("cli-mandate-source", "code.lead_source"))],
    until: Annotated[str, typer.Option("--until", help=say("cli-mandate-until"))],
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import days, people, words

    code, day = words.parse(codes_pb2.LeadSource, source, "--source"), days.day(until)

    async def prepare(office: Office) -> Draft:
        return people.mandate(office, kind, code, day)

    done = act(how, prepare)
    if done is None:
        return
    made = done[0].entry.message_id.hex()
    if how.output is Output.JSON:
        write_json({"mandate": made, "until": day.isoformat()})
    else:
        sys.stdout.write(made + "\n")
        tell("cli-mandate-done", until=day)


@app.command()
@takes("cli-contacts-invitation-help", "profile")
def invitation(how: Manner) -> None:
    from hutong.tls.profile import Profile
    from liaison.people import invitation

    sys.stdout.write(invitation(Profile.open(profile_path(how.profile))).to_text() + "\n")


def _as_json(person: Person) -> dict[str, Any]:
    from hutong.v1 import codes_pb2
    from liaison import words
    from liaison.cli.paint import iso

    return {
        "contact": person.contact.id,
        "agency": person.contact.agency,
        "name": person.name,
        "post": person.post,
        "roles": [words.short(codes_pb2.ContactRole, role) for role in person.contact.roles],
        "desks": list(person.contact.desks),
        "until": iso(person.until),
        "signing_keys": list(person.signing_keys),
        "in_force": person.in_force,
    }


def _table(found: list[Person], names: dict[str, str]) -> None:
    from hutong.v1 import codes_pb2
    from liaison import words
    from liaison.cli import paint

    rows = [
        (
            person.contact.agency,
            names.get(person.contact.agency, person.contact.agency),
            person.contact.id,
            person.name or "–",
            person.post or "–",
            say("list-comma").join(words.word(codes_pb2.ContactRole, role) for role in person.contact.roles),
            paint.moment(person.until),
            ", ".join(keyid[:16] for keyid in person.signing_keys) or "–",
        )
        for person in found
    ]
    columns = ("code", "agency", "id", "name", "post", "roles", "until", "keys")
    paint.listed([say(f"column-{name}") for name in columns], rows, "cli-contacts-none")
