"""``hutong contacts channel``: ways of being told beside the inbox, each confirmed by a test message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.terminal import Output
from liaison.cli.options import READING, SIGNING, Manner, choices, helped, takes
from liaison.cli.run import in_office, write_json
from liaison.cli.signing import act, told_id

if TYPE_CHECKING:
    from hutong.directory.duties import Channel
    from liaison.office import Draft, Office

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-channel-help"))


@app.command()
@takes("cli-channel-add-help", *SIGNING)
def add(
    how: Manner,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help=say("cli-channel-address"))],
    kind: Annotated[str, typer.Option("--kind", help=choices("cli-channel-kind", "code.channel_kind"))] = "mail",
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import rosters, words

    code = words.parse(codes_pb2.ChannelKind, kind, "--kind")

    async def prepare(office: Office) -> Draft:
        return rosters.channel(office, code, address)

    told_id(act(how, prepare), how.output, "channel-named")


@app.command()
@takes("cli-channel-confirm-help", *SIGNING)
def confirm(
    how: Manner,
    code: Annotated[str, typer.Argument(metavar="CODE", help=say("cli-channel-code"))],
    channel: Annotated[
        str, typer.Option("--channel", metavar="ID", help=say("cli-channel-id"), show_default=False)
    ] = "",
) -> None:
    from liaison import rosters

    async def prepare(office: Office) -> Draft:
        return rosters.confirmation(office, code, channel)

    told_id(act(how, prepare), how.output, "channel-confirmed")


@app.command("list")
@takes("cli-channel-list-help", *READING)
def list_(how: Manner) -> None:
    async def work(office: Office) -> list[tuple[Channel, str]]:
        from liaison.rosters import channels

        cards = office.directory.channel_cards
        return [(each, cards[each.id].address if each.id in cards else "") for each in channels(office)]

    found = in_office(how, work)
    from hutong.v1 import codes_pb2
    from liaison import words
    from liaison.cli import paint
    from liaison.ids import short_ids

    if how.output is Output.JSON:
        said = [
            {
                "id": each.id.hex(),
                "kind": words.short(codes_pb2.ChannelKind, each.kind),
                "address": address or None,
                "state": _state(each),
                "tested": paint.iso(each.tested_at),
                "confirmed": paint.iso(each.confirmed_at),
            }
            for each, address in found
        ]
        write_json({"channels": said})
        return
    short = short_ids([each.id for each, _ in found])
    rows = [
        (
            short[each.id],
            words.word(codes_pb2.ChannelKind, each.kind),
            address or "–",
            say(f"channel-{_state(each)}"),
            paint.moment(each.tested_at),
        )
        for each, address in found
    ]
    columns = ("id", "kind", "address", "state", "tested")
    paint.listed([say(f"column-{name}") for name in columns], rows, "channel-none")


def _state(channel: Channel) -> str:
    if channel.confirmed_at:
        return "serves"
    return "waiting" if channel.tested_at else "new"
