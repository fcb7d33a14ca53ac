"""``hutong scorecard``: how promptly one's own agency answered and was answered, by the hub's own figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.terminal import Form
from liaison.cli.options import Manner, takes
from liaison.cli.run import in_office, tell, write_json

if TYPE_CHECKING:
    from hutong.v1 import casework_pb2
    from liaison.office import Office


@takes("cli-scorecard-help", "profile", "no_input")
def scorecard(
    how: Manner,
    week: Annotated[str, typer.Option("--week", help=say("score-week-help"), show_default=False)] = "",
    month: Annotated[str, typer.Option("--month", help=say("score-month-help"), show_default=False)] = "",
    output: Annotated[Form, typer.Option("--output", "-o", help="table | json | csv")] = Form.TABLE,
) -> None:
    from audit.review.period import read_period

    if week or month:
        read_period(week or None, month or None)

    async def work(office: Office) -> tuple[casework_pb2.GetScorecardResponse, dict[str, str], str]:
        answer = await office.scorecard(week or month)
        return answer, office.contact_names(offices=output is Form.TABLE), office.agency_names()[office.profile.agency]

    answer, names, agency = in_office(how, work)
    plain = as_plain(answer, names)
    match output:
        case Form.JSON:
            write_json(plain)
        case Form.CSV:
            from audit.scorepaint import lines
            from audit.sheets import csv_text
            from hutong.terminal import data

            data().print(csv_text(*lines(plain)), end="")
        case Form.TABLE:
            _paint(plain, agency)
    if answer.faults:
        tell("cli-scorecard-faults", count=answer.faults)
    if answer.judged_from:
        tell("cli-scorecard-unjudged", before=answer.judged_from)


def as_plain(answer: casework_pb2.GetScorecardResponse, names: dict[str, str]) -> dict[str, Any]:
    """For programs: the keys of ``hutong audit report``, with ``name`` beside a contact's id where ``names`` has it."""
    from audit.review.scoresheet import plain_of
    from liaison.cli.paint import shown

    known = {contact: shown(name) for contact, name in names.items()}
    card = plain_of(answer.scorecard)
    for side in ("recipients", "requesters"):
        card[side] = [
            {"agency": row.pop("agency"), "contact": row["contact"], "name": known.get(row.pop("contact")), **row}
            for row in card[side]
        ]
    card["overdue"] = [{**one, "owner_name": known.get(one["owner"])} for one in card["overdue"]]
    seen = {name: getattr(answer, name) for name in ("entries", "faults", "judged_from")}
    return {"span": answer.period, **card, "overdue_count": answer.scorecard.overdue_count, **seen}


def _paint(plain: dict[str, Any], agency: str) -> None:
    from audit.scorepaint import tables
    from hutong.terminal import data
    from liaison.cli.paint import shown

    out = data()
    out.print(say("score-heading", span=plain["span"], agency=shown(agency)))
    out.print(say("cli-scorecard-as-of", entries=plain["entries"], **plain["period"]))
    tables(plain)
    if plain["overdue_count"] > len(plain["overdue"]):
        out.print(say("cli-scorecard-more", shown=len(plain["overdue"]), count=plain["overdue_count"]))
    if plain["as_of"] < plain["period"]["end"]:
        out.print(say("score-not-over", as_of=plain["as_of"]))
    out.print(say("score-notes"))
