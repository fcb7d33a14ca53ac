"""``hutong received``: a paper receipt is entered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from liaison.cli.answers import sent
from liaison.cli.options import DEPUTY, Manner, takes
from liaison.cli.show import ItemArgument
from liaison.cli.signing import act

if TYPE_CHECKING:
    from liaison.office import Draft, Office
    from liaison.receipts import Kept


@takes("cli-received-help", *DEPUTY, grave=True)
def received(
    how: Manner,
    item: ItemArgument,
    on: Annotated[str, typer.Option("--on", help=say("cli-received-on"))],
    scan: Annotated[Path, typer.Option("--file", "-f", help=say("cli-received-file"))],
    proof: Annotated[Path | None, typer.Option("--proof", help=say("cli-received-proof"), show_default=False)] = None,
) -> None:
    from liaison import days, receipts
    from liaison.disk import at

    if proof and proof.exists():
        raise HutongError("HT-CLI-31", path=proof.name)
    day = days.day(on).isoformat()
    kept: list[Kept] = []

    async def prepare(office: Office) -> Draft:
        draft, secret = await receipts.received(office, await office.resolve(item), day, scan)
        kept.append(secret)
        return draft

    def keep(office: Office) -> None:
        receipts.keep(office, kept[-1])

    done = act(how, prepare, keep)
    if done is not None and proof:
        with at(proof):
            proof.write_text(kept[-1].to_text(), encoding="utf-8")
    sent(done, item, how.output, "cli-received-done")
