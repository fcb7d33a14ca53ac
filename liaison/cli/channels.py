"""``hutong contacts channel``: ways of being told beside the inbox, each confirmed by a test message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.terminal import LangOption, Output, OutputOption
from liaison.cli.options import DryRunOption, NoInputOption, ProfileOption, YesOption, described
from liaison.cli.run import in_office, write_json
from liaison.cli.signing import Manner, act, told_id

if TYPE_CHECKING:
    from hutong.directory.duties import Channel
    from liaison.office import Draft, Office

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("cli-channel-help"))


@app.command()
@described("cli-channel-add-help")
def add(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help=say("cli-channel-address"))],
    kind: Annotated[str, typer.Option("--kind", help=say("cli-channel-kind"))] = "mail",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import rosters, words

    code = words.parse(codes_pb2.ChannelKind, kind, "--kind")

    async def prepare(office: Office) -> Draft:
        return rosters.channel(office, code, address)

    told_id(act(Manner(profile, output, no_input, dry_run, yes), prepare), output, "channel-named")


@app.command()
@described("cli-channel-confirm-help")
def confirm(
    code: Annotated[str, typer.Argument(metavar="CODE", help=say("cli-channel-code"))],
    channel: Annotated[
        str, typer.Option("--channel", metavar="ID", help=say("cli-channel-id"), show_default=False)
    ] = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    from liaison import rosters

    async def prepare(office: Office) -> Draft:
        return rosters.confirmation(office, code, channel)

    told_id(act(Manner(profile, output, no_input, dry_run, yes), prepare), output, "channel-confirmed")


@app.command("list")
@described("cli-channel-list-help")
def list_(
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    lang: LangOption = None,
) -> None:
    async def work(office: Office) -> list[tuple[Channel, str]]:
        from liaison.rosters import channels

        cards = office.directory.channel_cards
        return [(each, cards[each.id].address if each.id in cards else "") for each in channels(office)]

    found = in_office(profile, no_input, work)
    from hutong.v1 import codes_pb2
    from liaison import words
    from liaison.cli import paint
    from liaison.ids import short_ids

    if output is Output.JSON:
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
    paint.table([say(f"column-{name}") for name in ("id", "kind", "address", "state", "tested")], rows)


def _state(channel: Channel) -> str:
    if channel.confirmed_at:
        return "serves"
    return "waiting" if channel.tested_at else "new"
