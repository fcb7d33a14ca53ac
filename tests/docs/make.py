"""Makes docs/duties.md, and the table of duty kinds in docs/integrator.md, of what the rules answer (probe.py).

    .venv/bin/python -m tests.docs.make

writes both anew; tests/docs/test_duties.py asserts that they are current. What a kind means is written here; who says
it, to whom, in which state, and what becomes of the state, is found out. The page's words stand in duties.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

from hutong.catalogue import load
from hutong.kinds import Kind, kinds
from hutong.v1 import options_pb2
from hutong.worktime.span import Span, Unit
from hutong.worktime.statutory import limits
from rules import clocks
from rules.data import CLOCKS, LADDERS
from tests.docs.probe import ACTORS, DEPUTY_OF, OPEN, OVER, STATES, VARIANTS, answer, duty_kinds, tried

DOCS = Path(__file__).parents[2] / "docs"
_TEXT = Path(__file__).with_name("duties.txt")
MARKS = ("<!-- made by tests/docs/make.py -->\n", "<!-- made until here -->\n")
_LAID = "[*]"
_OTHER = "by the newcomer"

CHANGES = {
    "inquiry_reply": "answers; progress is watched anew. Ends a hold",
    "return": "gives the obligation back with a reason; whoever passed it on has it again",
    "redirect": "asks one agency to take it on, which gets an obligation of its own. Ends a hold; an extension asked "
    "for lapses",
    "delivered": "organisational receipt: the time to complete begins",
    "seen": "notes the first look: of the owner at the item, of the opener at the answer",
    "acknowledged": "makes the signer the owner; the time to complete begins if it has not; progress is watched",
    "completed": "closes it, or puts it up for review where the item's kind is *reviewed*; after an answer where the "
    "kind is *answered by* one. Ends a hold; an extension asked for lapses",
    "non_response": "certifies that it was not acknowledged in time; it stays open",
    "progressed": "progress is watched anew",
    "held": "rests until a day; a time that no law sets moves on by as long",
    "resumed": "goes on; what the hold had left goes back",
    "extension_asked": "waits for the decision of the head, or of the opener where it is the head who asks; meanwhile "
    "the time runs",
    "extension_decided": "granted: the head's word moves a time that a law sets; any other waits for the opener's "
    "word, which moves it. Not granted: the time stays",
    "reviewed": "closes it, or hands it back with the time that the review took",
    "assigned": "gives it to the recipient, who owns it from now on; from a coordinator to the head only, "
    "and once a clock has run out",
    "handover_offered": "nothing until it is answered; the offer ends after a while",
    "handover_answered": "accepted: what of it is open and still the giver's becomes the taker's",
    "handover_withdrawn": "ends the offer: from the giver or the head",
    "redirect_taken_back": "gives it back to the owner, who goes on with it; the newcomer's ends as TAKEN_BACK",
    "escalation_forced": "has the next step of the ladder of attention taken now",
    "escalated": "takes a step of a ladder, which tells those whom it names; the end of a hold is one",
    "ownership_fell": "makes the head the owner, as a breach",
    "approval_recorded": "nothing until it is checked",
    "received_on_paper": "receipt counts as of the end of that day: the time to complete begins there, unless an "
    "earlier receipt is on record",
    "approval_checked": "not by who entered it. Agrees: has the effect of the head's ExtensionDecided; otherwise none",
}
"""What a kind changes, beside the state."""

_ANSWERED = {
    "delivered": "what was stored",
    "handover_answered": "the HandoverOffered",
    "handover_withdrawn": "the HandoverOffered",
    "seen": "the item, or empty; from the opener the answer",
    "approval_checked": "the ApprovalRecorded",
}
_SPECIAL = {
    "delivered": "whoever sent what was stored, and other parties at will",
    "redirect": "one third agency with ROLE_TO, the opener with ROLE_CC",
    "assigned": "the new owner alone, by name",
    "handover_offered": "a colleague alone, by name",
    "handover_answered": "colleagues, or nobody",
    "handover_withdrawn": "colleagues, or nobody",
    "redirect_taken_back": "the opener and the newcomer, and other parties at will",
    "non_response": "the opener, the agency that owes",
    "escalated": "the agency that owes, those of whom it tells",
    "ownership_fell": "the agency that owes, the opener",
}
_REACHED = {
    frozenset({"opener"}): "the opener, and other parties at will",
    frozenset({"owes"}): "the agency that owes, and other parties at will",
    frozenset({"owes", "other"}): "any party",
    frozenset({"opener", "other"}): "any party",
}
_TRIED_TO = {"opener": ("market",), "owes": ("police",), "other": ("banking",), "nobody": ()}


def integrator_table() -> str:
    """The table of docs/integrator.md."""
    columns = ("kind", "who", "addressed to", "state of the obligation", "`in_reply_to`", "what it does")
    return _table(columns, (_row(kind) for kind in duty_kinds()))


def _row(kind: Kind) -> tuple[str, ...]:
    taken = {actor: [state for state in STATES if tried(kind, state, actor).state] for actor in ACTORS}
    taken = {actor: states for actor, states in taken.items() if states and actor != DEPUTY_OF}
    assert taken, f"nobody can say {kind.name}: {__file__} and probe.py do not know how"
    who = _who(taken) + (", in person" if kind.in_person else "")
    return (f"`{kind.name}`", who, _reach(kind, taken), _states(taken), _reply(kind), CHANGES[kind.name])


def _who(taken: dict[str, list[str]]) -> str:
    """Everybody who may; where some may less than the others, in which states."""
    widest = max(taken.values(), key=len)
    plain = ", ".join(actor for actor, states in taken.items() if states == widest)
    narrow = (f"{actor} ({_named(states)})" for actor, states in taken.items() if states != widest)
    return "; ".join([plain, *narrow])


def _states(taken: dict[str, list[str]]) -> str:
    return _named([state for state in STATES if any(state in states for states in taken.values())])


def _named(states: Sequence[str]) -> str:
    """``states``, short where they are all, or all that are open."""
    if set(states) == set(STATES):
        return "any"
    if set(states) == set(OPEN):
        return "any open"
    return ", ".join(states)


def _reach(kind: Kind, taken: dict[str, list[str]]) -> str:
    if kind.name in _SPECIAL:
        return _SPECIAL[kind.name]
    reached: dict[str, list[str]] = {}
    for actor, states in taken.items():
        got = frozenset(name for name, to in _TRIED_TO.items() if answer(kind.name, states[0], actor, to).state)
        reached.setdefault(_REACHED[got], []).append(actor)
    if len(reached) == 1:
        return next(iter(reached))
    return "; ".join(f"{'opener' if 'opener' in who else 'others'}: {words}" for words, who in reached.items())


def _reply(kind: Kind) -> str:
    if options_pb2.READS_IN_REPLY_TO in kind.reads:
        return _ANSWERED[kind.name]
    if kind.hub_only:
        return "the item"
    return "the item, or empty" if options_pb2.READS_ITEM in kind.reads else "empty"


def duties_page() -> str:
    """docs/duties.md."""
    return _TEXT.read_text(encoding="utf-8").format(
        states=_state_diagram(),
        words=_table(("state", "", "open"), ((f"`{s}`", _word(s), "yes" if s in OPEN else "") for s in STATES)),
        matrix=_matrix(),
        clocks=_clocks(),
        laws=_laws(),
        ladders="\n".join(map(_ladder, ("attention", "progress", "completion", "review"))),
    )


def transitions() -> dict[tuple[str, str], list[str]]:
    """(state, state after) → the kinds that lead there, "(…)" for those that the newcomer says."""
    found: dict[tuple[str, str], list[str]] = {(_LAID, "PENDING"): _openers()}
    for state, kind, actor in product(STATES, duty_kinds(), ACTORS):
        after = tried(kind, state, actor).state
        name = f"{kind.name} {_OTHER}" if actor == "newcomer" else kind.name
        if after and after != state and name not in found.setdefault((state, after), []):
            found[state, after].append(name)
    for variant, (actor, states) in VARIANTS.items():
        for state in states:
            after = answer(variant, state, actor).state
            if after and after != state:
                found.setdefault((state, after), []).append(variant)
    return {way: names for way, names in found.items() if names}


def _openers() -> list[str]:
    return [*(kind.name for kind in kinds().values() if kind.obliges), "redirect"]


def _state_diagram() -> str:
    lines = ["stateDiagram-v2", *(f"    {state} : {state} {_word(state)}" for state in STATES)]
    lines += [f"    {one} --> {other} : {', '.join(by)}" for (one, other), by in transitions().items()]
    lines += [f"    {state} --> [*]" for state in OVER]
    return "\n".join(lines)


def _word(state: str) -> str:
    return load("texts")[f"code.obligation_state.{state.lower()}"]["zh"]


def _matrix() -> str:
    rows = []
    for kind in duty_kinds():
        may = [actor for actor in ACTORS if any(tried(kind, state, actor).state for state in STATES)]
        rows.append((f"`{kind.name}`", *(_cell(kind, state, may) for state in STATES)))
    return _table(("", *(f"{state.replace('_', ' ')} {_word(state)}" for state in STATES)), rows)


def _cell(kind: Kind, state: str, may: Sequence[str]) -> str:
    answers = [tried(kind, state, actor) for actor in may if actor != "newcomer" or len(may) == 1]
    taken = dict.fromkeys(each.state for each in answers if each.state)
    if taken:
        return ", ".join("yes" if after == state else f"→ {after}" for after in taken)
    refused = dict.fromkeys(each.refusal for each in answers if each.refusal)
    return ", ".join(code.removeprefix("HT-") for code in refused) or "–"


def _clocks() -> str:
    said = {
        "acknowledge": "签收: from when it is available",
        "complete": "办结, where no law sets it: from organisational receipt",
        "progress": "办理: from 签收 and each sign of progress; of a review from 办结",
        "push": "催促: from one EscalationForced to the next",
        "extension": f"延期: the most at a time, {clocks.EXTENSIONS} times, where no law says",
    }
    rows = [[meaning, *(_span(clocks.span(name, pace)) for pace in _PACES)] for name, meaning in said.items()]
    most = _span(clocks.span("hold", "most"))
    rows.append([f"挂起: the most at a time, {clocks.HOLDS} times", *[most] * len(_PACES)])
    offered = _span(clocks.span("handover", "most"))
    rows.append(["交接: how long an offer stands at the most", *[offered] * len(_PACES)])
    return _table(("clock", *_PACES), rows)


_PACES = ("flash", "urgent", "routine", "drill")


def _span(span: Span) -> str:
    return f"{span.amount} {span.unit.replace('_', ' ')}{'' if span.amount == 1 else 's'}"


def _laws() -> str:
    rows = []
    for row in CLOCKS["statutory"]:
        limit = limits()[row["limit"]]
        more = _span(limit.extension) if limit.extension else "not at all"
        rows.append((f"`{row['kind']}`", row["to"], _span(limit.span), more, limit.citation("en"), f"`{limit.id}`"))
    return _table(
        ("kind of item", "agency that owes", "to complete", "extended once by", "by", "`complete_rule`"), rows
    )


_HEADINGS = {
    "attention": "Not acknowledged (`LADDER_TRACK_ATTENTION`)",
    "progress": "Acknowledged, and then nothing (`LADDER_TRACK_ATTENTION`)",
    "completion": "The time to complete (`LADDER_TRACK_COMPLETION`)",
    "review": "Waiting for review (`LADDER_TRACK_ATTENTION`)",
}


def _ladder(name: str) -> str:
    lines = ["flowchart LR"]
    for pace in _PACES:
        lines += [
            f"    subgraph {name}_{pace} [{pace}]",
            *(f"        {line}" for line in _rungs(name, pace)),
            "    end",
        ]
    return f"### {_HEADINGS[name]}\n\n```mermaid\n" + "\n".join(lines) + "\n```\n"


def _rungs(name: str, pace: str) -> Iterator[str]:
    before = f"{name}_{pace}_0"
    yield f"{before}((begins))"
    for number, step in enumerate(LADDERS[name][pace], 1):
        place = f"{name}_{pace}_{number}"
        again = f", {step['times']} times more" if step.get("times") else ""
        yield f'{before} -- "{_after(step["after"])}" --> {place}["{_step(step["who"], step["form"])}{again}"]'
        before = place


def _after(after: str) -> str:
    known = {"due": "when the time is over", "3/4": "when 3/4 of the time are over"}
    amount, _, unit = after.partition(" ")
    return known.get(after) or ("at once" if amount == "0" else _span(Span(int(amount), Unit(unit))))


def _step(who: str, form: str) -> str:
    if who == "certificate":
        return "NonResponse"
    texts = load("texts")
    word = texts[f"code.escalation_form.{form}"]["zh"]
    return f"{who.replace('_', ' ')}: {form} {word}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def with_table(page: str) -> str:
    """docs/integrator.md with its table made anew."""
    begin, end = MARKS
    made = f"{begin}\n{integrator_table()}\n{end}"
    return re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: made, page, flags=re.S)


if __name__ == "__main__":
    (DOCS / "duties.md").write_text(duties_page(), encoding="utf-8")
    integrator = DOCS / "integrator.md"
    integrator.write_text(with_table(integrator.read_text(encoding="utf-8")), encoding="utf-8")
