"""``hutong whoami`` and ``hutong doctor``: which identity this is, and whether it works."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output, data
from hutong.terminal import tell as tell_error
from liaison.cli.options import Manner, profile_path, takes
from liaison.cli.run import patience, write_json

if TYPE_CHECKING:
    from hutong.tls.profile import Profile
    from liaison.doctor import Finding


@takes("cli-whoami-help", "profile", "output")
def whoami(how: Manner) -> None:
    from hutong.tls.profile import Profile

    opened = Profile.open(profile_path(how.profile))
    known = _local(opened)
    try:
        known |= asyncio.run(_said_by_the_hub(opened))
    except HutongError as error:
        # Who one is stands in the profile; that the hub cannot be asked is worth saying, but no failure.
        tell_error(error)
    if how.output is Output.JSON:
        write_json(known)
        return
    from liaison.cli.paint import facts

    facts((say(f"field-{name}"), str(value)) for name, value in known.items() if value)


@takes("cli-doctor-help", "profile", "output")
def doctor(how: Manner) -> None:
    findings = asyncio.run(_examine(profile_path(how.profile), how.output))
    if how.output is Output.JSON:
        checks = [{"check": f.check, "fine": f.fine, "key": f.key, **f.params, "text": _sentence(f)} for f in findings]
        write_json({"fine": all(f.fine for f in findings), "checks": checks})
    if not all(finding.fine for finding in findings):
        raise typer.Exit(1)


async def _examine(path: Path, output: Output) -> list[Finding]:
    from rich.text import Text

    from liaison.doctor import examine

    findings = []
    async for finding in examine(path):
        findings.append(finding)
        if output is Output.TABLE:
            icon = Text("✓", "green") if finding.fine else Text("✗", "bold red")
            data().print(icon.append(f" {_sentence(finding)}", "default"))
    return findings


def _sentence(finding: Finding) -> str:
    from liaison.cli.paint import shown

    return shown(say(finding.key, **finding.params))  # type: ignore[arg-type]


def _local(profile: Profile) -> dict[str, Any]:
    return {
        "profile": str(profile.path),
        "agency": profile.agency,
        "contact": profile.contact,
        "origin": profile.origin,
        "hub": profile.address,
        "node": profile.config.node_address,
        "certificate": profile.certificate().not_valid_after_utc.date().isoformat(),
    }


async def _said_by_the_hub(profile: Profile) -> dict[str, Any]:
    from hutong.catalogue import default_lang
    from hutong.client.hub import HubClient
    from hutong.client.joining import now_ms
    from hutong.v1 import codes_pb2
    from liaison import words
    from liaison.people import people

    with patience(profile.address):
        async with HubClient(profile, profile.policy) as hub:
            directory = await hub.refresh_directory()
    said: dict[str, Any] = {"agency_name": directory.agency_name(profile.agency, default_lang())}
    for person in people(directory, profile.agency, now_ms()):
        if person.contact.id == profile.contact:
            roles = [words.word(codes_pb2.ContactRole, role) for role in person.contact.roles]
            said |= {"name": person.name, "post": person.post, "roles": say("list-comma").join(roles)}
            said["signing_key"] = "\n".join(person.signing_keys)
    return said
