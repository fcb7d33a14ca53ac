"""The two pages of docs/ that are lists: every error from the catalogue, every kind of statement from the contract.

    .venv/bin/python -m hutong.reference docs

writes errors.md and kinds.md anew; tests/test_docs.py asserts that they are current.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from hutong.catalogue import load
from hutong.errors import EXIT_CODES, HutongError, category
from hutong.kinds import Kind, kinds
from hutong.v1 import options_pb2

_MADE = "Made by `python -m hutong.reference docs` from {source}; do not edit.\n"

_GAPS = (("en", " "), ("zh", ""))
_ERRORS_HEAD = """# Errors

Every refusal and failure has a code. The code is the same on the command line, in `hutong.v1.Refusal` and in
`google.rpc.ErrorInfo.reason`; the sentences come in Chinese and English. `{name}` in them is a parameter that travels
in `params`; `{name:words}` travels as a code and is said in the reader's language. The category decides the gRPC
status (`hutong/edge.py`) and the exit code (`hutong/errors.py`). With `-o json` a command says it as one line of JSON
on stderr: `{"error": {"code", "what", "why", "next", "trace"}}`.
"""

_KINDS_HEAD = """# Kinds of statement

A kind is a field of the `kind` oneof in `proto/hutong/v1/header.proto`; its facts are a message of
`proto/hutong/v1/kinds.proto`, and what it needs and does stands in that message's `kind` option.

"""

_COLUMNS = {
    "number": "the field's number in the header; `Entry.kind` and `StandingMandate.kinds` have it",
    "signers": "the roles that must sign",
    "system": "an agency's system may sign in the officer's place, under a `StandingMandate`",
    "in person": "no deputy signs in the contact's place (HT-DLG-02); nor does one sign a *directory* kind",
    "body": "the rule for the sealed body",
    "opens item": "begins an item, whose id is the message id; `item_id` is empty",
    "obliges": "lays one obligation on each agency addressed with `ROLE_TO`",
    "answered by": "that obligation is not closed by `Completed` before this kind has been said",
    "reviewed": "that obligation is closed by `Reviewed`, not by `Completed` alone",
    "receipt": "reports on work or moves it: no `Delivered` for it, and no obligation",
    "directory": "changes the directory; without recipients and item",
    "discloses": "carries a disclosure (names, addresses) beside the header",
    "roster": "who is on duty, away, or reached in which way: shown to no platform but its own, its disclosure to no "
    "other agency",
    "reads": "what the hub loads before it decides, and nothing else",
}


def errors_page() -> str:
    """docs/errors.md."""
    parts = [_ERRORS_HEAD, _MADE.format(source="`hutong/catalogue/errors/*.toml`")]
    for area, codes in groupby(sorted(load("errors")), key=lambda code: code[:6]):
        parts.append(f"## {area}\n")
        parts.append(_table(("code", "category", "exit", "English", "中文"), map(_error_row, codes)))
    return "\n".join(parts)


def kinds_page() -> str:
    """docs/kinds.md."""
    legend = _table(("column", "meaning"), ((f"*{name}*", meaning) for name, meaning in _COLUMNS.items()))
    number, *others = _COLUMNS
    rows = (_kind_row(kind) for kind in sorted(kinds().values(), key=lambda kind: kind.number))
    made = _MADE.format(source="`proto/hutong/v1`")
    return "\n".join([_KINDS_HEAD + legend, made, _table((number, "kind", *others), rows)])


def write_pages(folder: Path) -> None:
    """Write both pages into ``folder``."""
    for name, text in (("errors.md", errors_page()), ("kinds.md", kinds_page())):
        (folder / name).write_text(text, encoding="utf-8")


def _error_row(code: str) -> tuple[str, ...]:
    kind = category(code)
    texts = load("errors")[code]
    cells = (f"{texts[lang]['what']}{gap}{texts[lang]['why']}<br>→ {texts[lang]['next']}" for lang, gap in _GAPS)
    return f"`{code}`", str(kind), str(EXIT_CODES.get(kind, 1)), *cells


def _kind_row(kind: Kind) -> tuple[str, ...]:
    signers = ", ".join(_short(options_pb2.SignerRole, role) for role in kind.required_signers)
    reads = ", ".join(sorted(_short(options_pb2.Reads, read) for read in kind.reads))
    does = (kind.reviewed, kind.receipt, kind.directory, kind.discloses, kind.roster)
    return (
        str(kind.number),
        f"`{kind.name}`",
        signers,
        _mark(kind.mandatable),
        _mark(kind.in_person),
        _short(options_pb2.BodyRule, kind.body),
        *map(_mark, (kind.opens_item, kind.obliges)),
        f"`{kind.answered_by}`" if kind.answered_by else "",
        *map(_mark, does),
        reads,
    )


def _mark(value: bool) -> str:
    return "yes" if value else ""


def _short(
    enum: type[options_pb2.SignerRole] | type[options_pb2.BodyRule] | type[options_pb2.Reads], value: int
) -> str:
    """SIGNER_ROLE_AGENCY_SYSTEM as "agency system"."""
    prefix = {"SignerRole": "SIGNER_ROLE_", "BodyRule": "BODY_RULE_", "Reads": "READS_"}[enum.DESCRIPTOR.name]
    return enum.DESCRIPTOR.values_by_number[value].name.removeprefix(prefix).replace("_", " ").lower()


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise HutongError("HT-CLI-01", option="FOLDER", given=" ".join(sys.argv[1:]), known="docs")
    write_pages(Path(sys.argv[1]))
