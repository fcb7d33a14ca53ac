"""Tables, times and lamps on a terminal. Widths are counted in cells, because Chinese takes two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from hutong.catalogue import say
from hutong.help import wrapped
from hutong.terminal import data, talk
from hutong.worktime.calendar import ZONE
from liaison.items import ICONS, Duty, Lamp
from liaison.reading import moment

__all__ = ["Cell", "facts", "heading", "iso", "lamp", "left", "listed", "moment", "shown", "table"]

Cell = str | Text

STYLES = {Lamp.GREEN: "green", Lamp.YELLOW: "yellow", Lamp.RED: "bold red", Lamp.GREY: "dim", Lamp.BLUE: "blue"}
_GAP, _INDENT, _BETWEEN = "  ", "    ", " · "
_EMPTY = ("", "–")


def table(
    titles: Sequence[str], rows: Iterable[Sequence[str | Text]], out: Console | None = None, lead: int = 2
) -> None:
    """``rows`` under ``titles``, on stdout by default; no value is cut, however narrow the window is.

    Where the lines do not fit into a terminal, each row becomes a few: the first ``lead`` values, then label and value
    of the rest, as many to a line as there is room for, the empty ones left out.
    """
    cells = [[Text(title, "bold") for title in titles], *([_cell(each) for each in row] for row in rows)]
    widths = [max(cell_len(row[column].plain) for row in cells) for column in range(len(titles))]
    out = out or data()
    if out.is_terminal and sum(widths) + len(_GAP) * (len(widths) - 1) > out.width:
        for row in cells[1:]:
            _card(titles, row, lead, out)
        return
    for row in cells:
        line = Text()
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            last = number == len(row) - 1
            line.append_text(cell).append("" if last else " " * (width - cell_len(cell.plain)) + _GAP)
        line.rstrip()
        out.print(line)


def listed(titles: Sequence[str], rows: Sequence[Sequence[str | Text]], none: str) -> None:
    """``rows`` under ``titles``; where there are none, the sentence ``none`` of the catalogue on stderr: it is no
    data."""
    if rows:
        table(titles, rows)
    else:
        talk().print(say(none))


def _card(titles: Sequence[str], row: Sequence[Text], lead: int, out: Console) -> None:
    first = Text()
    for cell in row[:lead]:
        first.append_text(cell).append(_GAP)
    first.rstrip()
    out.print(first)
    room, line = out.width - len(_INDENT), ""
    for title, cell in zip(titles[lead:], row[lead:], strict=True):
        if cell.plain in _EMPTY:
            continue
        for piece in wrapped(f"{title} {cell.plain}", room):
            joined = f"{line}{_BETWEEN}{piece}" if line else piece
            if line and cell_len(joined) > room:
                out.print(f"{_INDENT}{line}")
                joined = piece
            line = joined
    if line:
        out.print(f"{_INDENT}{line}")


def facts(rows: Iterable[tuple[str, str]], out: Console | None = None) -> None:
    """Labels and values; further lines of a value line up."""
    every = [(label, shown(value, lines=True).split("\n")) for label, value in rows]
    width = max((cell_len(label) for label, _ in every), default=0)
    out = out or data()
    for label, lines in every:
        out.print(f"{label}{' ' * (width - cell_len(label))}{_GAP}{lines[0]}")
        for line in lines[1:]:
            out.print(f"{' ' * width}{_GAP}{line}")


def heading(text: str, out: Console | None = None) -> None:
    """A line that separates parts."""
    out = out or data()
    out.print()
    out.print(Text(text, "bold"))


def shown(text: str, *, lines: bool = False) -> str:
    """``text`` without anything that a terminal would obey; titles and names come from outside."""
    kept = (char if char.isprintable() or (lines and char == "\n") else " " for char in text)
    return "".join(kept).rstrip()


def lamp(duty: Duty) -> Text:
    """Icon and word; the colour only says it again."""
    return Text(f"{ICONS[duty.lamp]} {say(f'lamp-{duty.standing}')}", STYLES[duty.lamp])


def iso(milliseconds: int) -> str | None:
    """ISO 8601 with +08:00; None for never."""
    return _local(milliseconds).isoformat(timespec="seconds") if milliseconds else None


def left(milliseconds: int | None) -> str:
    """Time left or overdue, in the two largest units; "–" where no clock runs."""
    if milliseconds is None:
        return "–"
    minutes = abs(milliseconds) // 60_000
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        time = say("time-days", days=days, hours=hours)
    else:
        time = say("time-hours", hours=hours, minutes=rest) if hours else say("time-minutes", minutes=rest)
    return say("time-left" if milliseconds > 0 else "time-over", time=time)


def _local(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, ZONE)


def _cell(value: str | Text) -> Text:
    return value.copy() if isinstance(value, Text) else Text(shown(value))
