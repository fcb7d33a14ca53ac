"""``hutong approval``: decisions of the head's that were taken on paper, entered by one and checked by another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output, talk
from liaison.cli.options import SIGNING, Manner, choices, helped, takes
from liaison.cli.run import tell, write_json
from liaison.cli.show import ItemArgument
from liaison.cli.signing import act, asks

if TYPE_CHECKING:
    from hutong.v1 import casework_pb2
    from liaison.approvals import Secrets
    from liaison.office import Draft, Office

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-approval-help"))
ScanOption = Annotated[Path | None, typer.Option("--file", "-f", help=say("cli-approval-scan"), show_default=False)]
ProofOption = Annotated[Path | None, typer.Option("--proof", help=say("cli-approval-proof"), show_default=False)]


@app.command()
@takes("cli-approval-enter-help", *SIGNING)
def enter(
    how: Manner,
    item: ItemArgument,
    scan: Annotated[Path, typer.Option("--file", "-f", help=say("cli-approval-scan"))],
    number: Annotated[str, typer.Option("--number", help=say("cli-approval-number"))],
    date: Annotated[str, typer.Option("--date", help=say("cli-approval-date"))],
    post: Annotated[str, typer.Option("--post", help=choices("cli-approval-post", "code.approval_post"))],
    refused: Annotated[bool, typer.Option("--refused", help=say("cli-approval-refused"))] = False,
    proof: ProofOption = None,
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import approvals, days, words
    from liaison.disk import at

    if proof and proof.exists():
        raise HutongError("HT-CLI-31", path=proof.name)
    day = days.day(date)
    signed_by = words.parse(codes_pb2.ApprovalPost, post, "--post")
    given = approvals.Given(scan, number, day.isoformat(), signed_by, granted=not refused)
    kept: list[Secrets] = []

    async def prepare(office: Office) -> Draft:
        draft, secret = await approvals.entry(office, await office.resolve(item), given)
        kept.append(secret)
        return draft

    def keep(office: Office) -> None:
        approvals.keep(office, kept[-1])

    done = act(how, prepare, keep)
    if done is None:
        return
    entry = kept[-1].entry.hex()
    if proof:
        with at(proof):
            proof.write_text(kept[-1].to_text(), encoding="utf-8")
    if how.output is Output.JSON:
        write_json(
            {"item": item, "entry": entry, "index": done[0].index, "late": _late(day, done[0].entry.recorded_at)}
        )
        return
    tell("cli-approval-entered", item=item, index=done[0].index, entry=entry[-8:])
    if _late(day, done[0].entry.recorded_at):
        tell("cli-approval-late")


def _late(day: object, recorded_at: int) -> bool:
    from liaison.days import day_of

    return day_of(recorded_at) != day


@app.command()
@takes("cli-approval-check-help", *SIGNING, grave=True)
def check(
    how: Manner,
    item: ItemArgument,
    entry: Annotated[str, typer.Option("--entry", help=say("cli-approval-entry"))] = "",
    disagrees: Annotated[bool, typer.Option("--disagrees", help=say("cli-approval-disagrees"))] = False,
    scan: ScanOption = None,
    proof: ProofOption = None,
) -> None:
    from liaison import approvals

    if bool(scan) != bool(proof):
        raise HutongError("HT-CLI-69")
    found: list[casework_pb2.PaperApproval] = []

    async def prepare(office: Office) -> Draft:
        meant = await office.resolve(item)
        draft, paper = await approvals.check(office, meant, entry, agrees=not disagrees)
        found.append(paper)
        if scan and proof:
            await _prove(office, meant, paper, proof, scan)
        if asks(how):
            _paint(paper, office)
        return draft

    done = act(how, prepare)
    if done is None:
        return
    if how.output is Output.JSON:
        written = {"item": item, "entry": found[-1].id.hex(), "agrees": not disagrees, "index": done[0].index}
        write_json(written | {"proved": bool(proof)})
    else:
        key = "cli-approval-disagreed" if disagrees else "cli-approval-checked"
        tell(key, item=item, index=done[0].index)


async def _prove(office: Office, item: bytes, paper: casework_pb2.PaperApproval, proof: Path, scan: Path) -> None:
    """The entry as it was signed against the paper at hand."""
    from liaison import approvals
    from liaison.cli.files import read_text

    secret = approvals.Secrets.from_text(read_text(str(proof)), proof.name)
    _, held = await office.material(item)
    signed = [each.header for each in held.statements if each.header.message_id == paper.id]
    if not signed:
        raise HutongError("HT-EVD-02")
    approvals.prove(signed[0], secret, scan)
    tell("cli-approval-proved", number=secret.number)


def _paint(paper: casework_pb2.PaperApproval, office: Office) -> None:
    """What was entered, to be held against the paper."""
    from liaison.cli import paint

    paint.facts(rows(paper, office.names()), talk())


def rows(paper: casework_pb2.PaperApproval, names: dict[str, str]) -> list[tuple[str, str]]:
    """An entry in words, with 补录 where it came after the day of the paper."""
    from hutong.v1 import codes_pb2
    from liaison import words
    from liaison.reading import contact, moment

    def who(by: str, acting_for: str) -> str:
        name = contact(by, names)
        return say("acting-for", name=name, principal=contact(acting_for, names)) if acting_for else name

    entered = say("approval-entered", name=who(paper.entered_by, paper.entered_for), at=moment(paper.entered_at))
    if paper.late:
        entered = say("approval-late", entered=entered)
    checked = say("approval-unchecked")
    if paper.checked_by:
        key = "approval-agrees" if paper.agrees else "approval-disagrees"
        checked = say(key, name=who(paper.checked_by, paper.checked_for))
    return [
        (say("label.subject"), words.word(codes_pb2.ApprovalSubject, paper.subject)),
        (say("label.granted"), say("yes" if paper.granted else "no")),
        (say("label.decided_on"), paper.decided_on),
        (say("field-entered"), entered),
        (say("field-checked"), checked),
    ]
