"""``hutong ack``: take obligations on, one signature each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import LangOption, Output, OutputOption
from hutong.terminal import tell as tell_error
from liaison.cli.options import DryRunOption, NoInputOption, ProfileOption, described
from liaison.cli.run import in_office, tell, write_json

if TYPE_CHECKING:
    from hutong.client.hub import Accepted
    from liaison.office import Office

Done = tuple[str, "Accepted | HutongError | None"]


@described("cli-ack-help")
def ack(
    items: Annotated[list[str], typer.Argument(metavar="ID…", help=say("cli-items"))],
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    lang: LangOption = None,
) -> None:
    async def work(office: Office) -> list[Done]:
        return [await _one(office, item, dry_run) for item in items]

    done = in_office(profile, no_input, work)
    failed = [result for _, result in done if isinstance(result, HutongError)]
    if output is Output.JSON:
        write_json({"dry_run": dry_run, "items": [_as_json(item, result) for item, result in done]})
    for item, result in done:
        if isinstance(result, HutongError):
            tell("cli-ack-failed", item=item)
            tell_error(result)
        elif output is Output.TABLE:
            tell("cli-would" if result is None else "cli-ack-done", item=item, index=result.index if result else "")
    if failed:
        # One item alone fails as any command does; of several, what went well stays and the program says 1.
        raise typer.Exit(failed[0].exit_code if len(done) == 1 else 1)


async def _one(office: Office, item: str, dry_run: bool) -> Done:
    try:
        return item, await office.acknowledge(await office.resolve(item), dry_run=dry_run)
    except HutongError as error:
        if error.code in ("HT-CLI-20", "HT-SIG-08"):
            raise
        return item, error


def _as_json(item: str, result: Accepted | HutongError | None) -> dict[str, object]:
    if isinstance(result, HutongError):
        return {"item": item, "ok": False, "code": result.code, "why": result.sentences().why, "trace": result.trace_id}
    return {"item": item, "ok": True, "index": result.index if result else None}
