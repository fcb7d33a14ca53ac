"""``hutong slip``: a sheet of one item, on the terminal or to be printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from liaison.cli.options import AgencyOption, Manner, takes
from liaison.cli.run import in_office, tell
from liaison.cli.show import ItemArgument

if TYPE_CHECKING:
    from liaison.office import Office
    from liaison.slip import Slip


_LINE = "____________________    "
"""To be signed on, once it is printed."""


@takes("cli-slip-help", "profile", "no_input")
def slip(
    how: Manner,
    item: ItemArgument,
    html: Annotated[Path | None, typer.Option("--html", help=say("cli-slip-html"), show_default=False)] = None,
    agency: AgencyOption = "",
) -> None:
    async def work(office: Office) -> Slip:
        from liaison.drafting import agency_code
        from liaison.slip import slip

        view = await office.show(await office.resolve(item), receipt=False)
        only = agency_code(office, agency) if agency else ""
        if only and only not in view.matter.duties:
            raise HutongError("HT-CLI-60", known=say("list-comma").join(view.matter.duties))
        return slip(view, office.names(), office.directory.records, office.profile.agency, office.now, only)

    sheet = in_office(how, work)
    if html:
        _write(sheet, html)
    else:
        _paint(sheet)


def _write(sheet: Slip, target: Path) -> None:
    from liaison.disk import at
    from liaison.sheet import page

    if target.exists():
        raise HutongError("HT-CLI-31", path=target.name)
    with at(target):
        target.write_text(page(sheet), encoding="utf-8")
    tell("cli-slip-written", file=target)


def _paint(sheet: Slip) -> None:
    from hutong.terminal import data
    from liaison.cli import paint

    if sheet.drill:
        data().print(say("drill-banner"))
    paint.heading(say(f"slip-{sheet.form}"))
    paint.facts(sheet.lines)
    for section in sheet.sections:
        paint.heading(say("as-the-hub-says", said=say("slip-section", agency=section.agency)))
        paint.facts(section.lines)
        if section.steps:
            paint.heading(say("slip-steps"))
            rows = [(paint.moment(step.at), step.what, step.proof) for step in section.steps]
            paint.table([say(f"column-{name}") for name in ("at", "what", "proof")], rows)
    data().print()
    data().print("".join(f"{say(f'slip-sign-{who}')}{_LINE}" for who in ("owner", "head", "date")).rstrip())
    data().print()
    paint.facts(sheet.printed)
    data().print(say("slip-word"))
    if sheet.reference:
        _reference(sheet.reference)


def _reference(reference: str) -> None:
    """The line and its code; dark on light also where the terminal is dark, because cameras want it so."""
    from rich.text import Text

    from hutong.terminal import data
    from liaison.cli import paint
    from liaison.qr import characters

    paint.facts([(say("slip-reference"), reference)])
    data().print()
    for line in characters(reference):
        data().print(Text(line, "black on white"))
    data().print(say("slip-reference-word"))
