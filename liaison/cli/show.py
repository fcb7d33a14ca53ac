"""``hutong show``: one item, with its opened bodies and one merged timeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output
from liaison.cli.options import READING, Manner, takes
from liaison.cli.run import in_office, tell, write_json

if TYPE_CHECKING:
    from liaison.office import Office
    from liaison.timeline import Event
    from liaison.view import ItemView, Opened

ItemArgument = Annotated[str, typer.Argument(metavar="ID", help=say("cli-item"))]


@takes("cli-show-help", *READING)
def show(
    how: Manner,
    item: ItemArgument,
    no_receipt: Annotated[bool, typer.Option("--no-receipt", help=say("cli-show-no-receipt"))] = False,
    save: Annotated[Path | None, typer.Option("--save", help=say("cli-show-save"), show_default=False)] = None,
) -> None:
    async def work(office: Office) -> tuple[ItemView, dict[str, str], list[Path]]:
        from liaison.saving import save_attachments

        view = await office.show(await office.resolve(item), receipt=not no_receipt)
        saved = await save_attachments(office.node(), view, save) if save and view.opened else []
        return view, office.names(), saved

    try:
        view, names, saved = in_office(how, work)
    except HutongError as error:
        if error.code == "HT-CLI-20":
            tell("cli-show-pin")
        raise
    if how.output is Output.JSON:
        write_json(as_json(view, names))
    else:
        _paint(view, names)
    if view.doubted:
        tell("cli-show-doubted", why=view.doubted.sentences().why, code=view.doubted.code)
    if view.unopened:
        tell("cli-show-unopened", why=view.unopened.sentences().why)
    if view.receipt_sent:
        tell("cli-show-seen")
    for file in saved:
        tell("cli-show-saved", file=file)


def as_json(view: ItemView, names: dict[str, str]) -> dict[str, Any]:
    """The item for programs; header and body as protobuf JSON with the names of the .proto files."""
    from liaison import saying, words
    from liaison.cli.inbox import as_json as duty_json
    from liaison.cli.paint import iso
    from liaison.view import plain, without_enclosures

    return {
        "item": view.matter.item.hex(),
        "kind": words.kind_name(view.matter.kind),
        "proved": view.matter.proved,
        "drill": view.matter.drill,
        "obligations": [duty_json(duty, names) for duty in view.duties],
        "approvals": [plain(paper) for paper in view.matter.hub.approvals],
        "statements": [
            {
                "index": each.index,
                "message_id": each.header.message_id.hex(),
                "header": plain(each.header),
                "opening": each.opening,
                "enclosed": each.enclosed,
                "body": plain(without_enclosures(each.body)) if each.body else None,
            }
            for each in view.opened
        ],
        "timeline": [
            {
                "at": iso(event.at),
                "what": event.mark.value if event.mark else words.kind_name(event.kind),
                "agency": event.agency,
                "contact": event.contact,
                "contact_name": event.contact_name,
                "acting_for": event.acting_for or None,
                "about": saying.about(event, names),
                "index": event.index if event.kind else None,
                "message_id": event.message_id.hex(),
                "title": event.title,
                "proved": event.proved,
            }
            for event in view.timeline
        ],
        "receipt_sent": view.receipt_sent,
    }


def _paint(view: ItemView, names: dict[str, str]) -> None:
    from hutong.terminal import data
    from liaison.cli import approval, duties, paint

    if view.matter.drill:
        data().print(say("drill-banner"))
    paint.facts(_facts(view, names))
    for opened in view.opened:
        rows = _body(opened, names)
        if rows:
            paint.heading(_title(opened, names))
            paint.facts(rows)
    duties.table(view.duties, names)
    for paper in view.matter.hub.approvals:
        paint.heading(say("as-the-hub-says", said=say("heading-approval", id=paper.id.hex()[-8:])))
        paint.facts(approval.rows(paper, names))
    paint.heading(say("heading-timeline"))
    paint.table(
        [say(f"column-{name}") for name in ("at", "what", "agency", "contact", "about", "proof")],
        [_event(event, names) for event in view.timeline],
    )


def _facts(view: ItemView, names: dict[str, str]) -> list[tuple[str, str]]:
    from hutong.v1 import codes_pb2
    from liaison import words
    from liaison.cli import paint
    from liaison.reading import agency, lines

    matter = view.matter
    available = view.opening.recorded_at if view.opening else view.duties[0].record.available_at
    rows = [
        (say("field-kind"), words.kind_word(matter.kind)),
        (say("field-from"), agency(matter.originator, names)),
        (say("field-urgency"), words.word(codes_pb2.Urgency, matter.urgency)),
        (say("field-available"), paint.moment(available)),
    ]
    if view.opening is None:
        rows = [(label, say("as-the-hub-says", said=said)) for label, said in rows]
    rows.insert(0, (say("field-item"), matter.item.hex()))
    if view.opening is None:
        return rows
    header = view.opening.header
    return [
        *rows,
        (say("field-handling"), words.word(codes_pb2.Handling, header.handling)),
        (say("field-purpose"), words.word(codes_pb2.Purpose, header.purpose)),
        (say("field-basis"), say("list-comma").join(header.legal_basis) or "–"),
        *lines(header.facts, names),
        *lines(getattr(header, words.kind_name(matter.kind)), names),
        (say("field-signature"), say("signature-fine", index=view.opening.index)),
    ]


def _title(opened: Opened, names: dict[str, str]) -> str:
    from hutong.kinds import kind_of
    from liaison import words
    from liaison.cli.paint import moment, shown

    agency = opened.header.sender.agency
    kind = words.kind_word(kind_of(opened.header).number)
    said = f"{kind} · {names.get(agency, agency)} · {moment(opened.header.issued_at)}"
    return shown(say("passed-along", said=said) if opened.enclosed else said)


def _body(opened: Opened, names: dict[str, str]) -> list[tuple[str, str]]:
    """The content in words, then the attachments; why there is none, where it could not be opened."""
    from liaison.preview import body_lines

    if opened.body is None:
        return [] if opened.opening in ("no body", "opened") else [(say("field-opening"), _unopened(opened.opening))]
    return list(body_lines(opened.body, names))


def _unopened(code: str) -> str:
    """The sentence of the code that the node gave, with the code."""
    from hutong.catalogue import load
    from hutong.errors import sentences

    return f"{sentences(code, {}).what} {code}" if code in load("errors") else code


def _event(event: Event, names: dict[str, str]) -> tuple[str, ...]:
    from liaison import saying, words
    from liaison.cli.paint import moment

    what = say(f"event-{event.mark}") if event.mark else words.kind_word(event.kind)
    agency = names.get(event.agency, event.agency) or say("the-hub")
    proof = say("proved-by-entry", index=event.index) if event.proved else say("said-by-the-hub")
    return moment(event.at), what, agency, saying.signer(event), saying.about(event, names), proof
