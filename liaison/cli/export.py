"""``hutong audit export``: an auditor takes the whole log along, to be checked offline with ``hutong audit``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output
from liaison.cli.options import Manner, profile_path, takes
from liaison.cli.run import tell, write_json

if TYPE_CHECKING:
    from liaison.taking import Taken


@takes("cli-export-help", "profile", "output")
def export(
    how: Manner,
    target: Annotated[Path, typer.Argument(metavar="TARGET", help=say("cli-export-target"))],
) -> None:
    from hutong.client.hub import HubClient
    from hutong.tls.profile import Profile
    from liaison.taking import take

    opened = Profile.open(profile_path(how.profile))

    async def run() -> Taken:
        async with HubClient(opened, opened.policy) as hub:
            return await take(hub, target)

    try:
        taken = asyncio.run(run())
    except HutongError as error:
        if error.code == "HT-PRM-01":
            raise HutongError("HT-CLI-48", trace_id=error.trace_id) from error
        raise
    if how.output is Output.JSON:
        write_json({"export": str(target), "files": taken.files, "bytes": taken.size})
    else:
        tell("cli-export-done", target=target, files=taken.files, size=taken.size)
