"""``hutong login``: an agency's first entry with its ticket, and a contact's with the key that the head has bound."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from liaison.cli import pin
from liaison.cli.keys import NodeOption
from liaison.cli.options import Manner, profile_path, takes
from liaison.cli.run import tell

if TYPE_CHECKING:
    from hutong.signing.keys import SigningKey
    from hutong.tls.profile import Profile


@takes("cli-login-help", "profile", "no_input")
def login(
    how: Manner,
    ticket: Annotated[str, typer.Option("--ticket", help=say("cli-login-ticket"))] = "",
    key: Annotated[Path | None, typer.Option("--key", help=say("cli-login-key"), show_default=False)] = None,
    contact: Annotated[str, typer.Option("--contact", help=say("cli-login-contact"))] = "",
    folder: Annotated[Path | None, typer.Option("--dir", help=say("cli-login-dir"), show_default=False)] = None,
    node: NodeOption = "",
) -> None:
    if folder is None:
        _certify(profile_path(how.profile), node)
        return
    if not _founded(folder) and not (ticket and key and contact):
        raise HutongError("HT-CLI-36")
    _found(folder, ticket, key, contact, node, how.no_input)


def _founded(folder: Path) -> bool:
    return all((folder / name / "tls.pem").exists() for name in ("head", "node"))


def _found(folder: Path, ticket: str, key: Path | None, contact: str, node: str, no_input: bool) -> None:
    """First certificates, then the first keys. What a crash left undone is done by running it again."""
    from hutong.client import joining
    from hutong.signing.keys import SigningKey
    from hutong.tls.files import read_file
    from hutong.tls.profile import Profile
    from liaison.cli.files import read_ticket

    if _founded(folder):
        head, system = Profile.open(folder / "head"), Profile.open(folder / "node")
        head_key, _ = pin.unlock(head.signing_key, no_input=no_input)
    else:
        pem = read_file(key or Path())
        head_key, secret = pin.unlock(
            lambda given: SigningKey.from_pem(pem, given.encode() if given else None), no_input=no_input
        )
        founded = joining.found(read_ticket(ticket), folder, head_key, contact, secret)
        head, system = founded.head, founded.node
    if node:
        head.save_config(replace(head.config, node_address=node))
    asyncio.run(_bind(head, head_key, system))
    sys.stdout.write(f"{head.path}\n{system.path}\n")
    tell("cli-login-founded", agency=head.agency, recovery=system.path / "recovery.key")


async def _bind(head: Profile, head_key: SigningKey, system: Profile) -> None:
    from hutong.client import joining
    from hutong.client.hub import HubClient

    async with HubClient(head, head.policy) as hub:
        await joining.bind_first_keys(hub, head_key, system)
        await hub.settle()


def _certify(path: Path, node: str) -> None:
    from hutong.client import joining
    from hutong.tls.profile import Profile

    opened = Profile.open(path)
    if node:
        opened.save_config(replace(opened.config, node_address=node))
    try:
        joining.certify(opened)
    except HutongError as error:
        if error.code == "HT-ENR-12":
            raise HutongError("HT-CLI-47", trace_id=error.trace_id) from error
        raise
    tell("cli-certificate", date=opened.certificate().not_valid_after_utc.date())
