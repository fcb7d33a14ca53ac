"""A slip as one HTML file that prints on A4: nothing in it is fetched from anywhere, and no script runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from hutong.catalogue import Lang, default_lang, say
from liaison.qr import svg
from liaison.reading import Line, moment
from liaison.slip import Section, Slip

_STYLE = """
@page { size: A4; margin: 20mm 18mm; }
body { font: 16px/1.7 system-ui, "Microsoft YaHei UI", "PingFang SC", "Noto Sans CJK SC", sans-serif; color: #111;
  max-width: 174mm; margin: 0 auto; font-variant-numeric: tabular-nums; }
h1 { text-align: center; font-size: 26px; letter-spacing: .3em; margin: 8mm 0 4mm; }
h2 { font-size: 18px; margin: 6mm 0 2mm; break-after: avoid; }
table { width: 100%; border-collapse: collapse; }
th, td { border: 1px solid #555; padding: 1.5mm 2.5mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { width: 30mm; font-weight: 600; background: #f2f2f2; }
table.steps th { width: auto; }
tr { break-inside: avoid; }
p.drill { border: 3px solid #b42318; color: #b42318; text-align: center; font-weight: 700; font-size: 20px;
  padding: 2mm; }
.sign { display: flex; justify-content: space-between; margin-top: 12mm; }
.code { display: flex; gap: 6mm; align-items: center; margin-top: 8mm; break-inside: avoid; overflow-wrap: anywhere; }
.code svg { flex: none; width: 30mm; height: auto; }
footer { margin-top: 6mm; font-size: 13px; color: #333; }
"""


def page(slip: Slip, lang: Lang | None = None) -> str:
    """The whole file."""
    chosen = lang or default_lang()
    title = escape(say(f"slip-{slip.form}", chosen))
    drill = f'<p class="drill">{escape(say("drill-banner", chosen))}</p>' if slip.drill else ""
    sections = "".join(_section(each, chosen) for each in slip.sections)
    signs = "".join(f"<span>{escape(say(f'slip-sign-{who}', chosen))}</span>" for who in ("owner", "head", "date"))
    code = _code(slip.reference, chosen) if slip.reference else ""
    printed = escape(" · ".join(f"{label} {value}" for label, value in slip.printed))
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if chosen == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{drill}<h1>{title}</h1>\n"
        f'{_facts(slip.lines)}{sections}<div class="sign">{signs}</div>\n'
        f"{code}"
        f"<footer>{printed}<br>{escape(say('slip-word', chosen))}</footer>\n</body>\n</html>\n"
    )


def _code(reference: str, lang: Lang) -> str:
    label, word = escape(say("slip-reference", lang)), escape(say("slip-reference-word", lang))
    text = f"<b>{label}</b><br>{escape(reference)}<br><small>{word}</small>"
    return f'<div class="code">{svg(reference)}<p>{text}</p></div>\n'


def _section(section: Section, lang: Lang) -> str:
    heading = escape(say("slip-section", lang, agency=section.agency))
    steps = ""
    if section.steps:
        titles = "".join(f"<th>{escape(say(f'column-{name}', lang))}</th>" for name in ("at", "what", "proof"))
        rows = "".join(_row(moment(step.at), step.what, step.proof) for step in section.steps)
        heading_steps = escape(say("slip-steps", lang))
        steps = f'<h2>{heading_steps}</h2>\n<table class="steps">\n<tr>{titles}</tr>\n{rows}</table>\n'
    return f"<h2>{heading}</h2>\n{_facts(section.lines)}{steps}"


def _facts(lines: Iterable[Line]) -> str:
    rows = "".join(f"<tr><th>{escape(label)}</th><td>{_text(value)}</td></tr>\n" for label, value in lines)
    return f"<table>\n{rows}</table>\n"


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>\n"


def _text(value: str) -> str:
    """Text from outside, without anything that is not shown; line breaks stay."""
    kept = "".join(char if char.isprintable() or char == "\n" else " " for char in value)
    return escape(kept).replace("\n", "<br>")
