"""Statements → ISO 20022: inquiries as auth.001, answers as auth.002 or camt, changed confidentiality as auth.003."""

from __future__ import annotations

from collections.abc import Sequence

from adapters import plain
from adapters.banking import faithful, flows, openings, responses
from adapters.banking.writing import MEDIA_TYPE
from adapters.contract import NativeFile, OpenedStatement
from hutong.errors import HutongError


def render(statement: OpenedStatement) -> list[NativeFile]:
    """A statement that came of a message is that message again. Everything else that a bank's system has no message for
    comes in the contract's own JSON, and so does, beside the message, what the message has no place for.

    HT-ADP-30 to -33 where a message cannot say it: nothing is cut, and the schema has the last word.
    """
    own = faithful.original(statement)
    if own is not None:
        return [own.file] if own.whole else [own.file, *plain.render(statement)]
    if openings.asks_a_bank(statement):
        return openings.openings(statement)
    if _reports(statement):
        answer = responses.response(statement) if responses.can_answer(statement) else _report(statement)
        return [answer, *plain.render(statement)] if statement.body.extras else [answer]
    changed = responses.confidentiality(statement) if statement.header.WhichOneof("kind") == "supplement" else None
    return [changed] if changed else plain.render(statement)


def reports(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """Answers as account statements alone (camt). HT-ADP-30 for a statement that reports on no account."""
    return [_report(statement) for statement in map(_reporting, statements)]


def answers(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """Answers as auth.002. HT-ADP-30 for a statement that is none or does not name its inquiry."""
    return [responses.response(statement) for statement in map(_reporting, statements)]


def _report(statement: OpenedStatement) -> NativeFile:
    return NativeFile(f"{statement.header.message_id.hex()}.xml", MEDIA_TYPE, flows.write(statement).finished())


def _reports(statement: OpenedStatement) -> bool:
    return statement.header.WhichOneof("kind") == "inquiry_reply" and bool(statement.body.inquiry_reply.statements)


def _reporting(statement: OpenedStatement) -> OpenedStatement:
    if not _reports(statement):
        raise HutongError("HT-ADP-30", format="camt", field="statements")
    return statement
