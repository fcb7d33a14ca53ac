"""What an officer may do about an item, as a draft: checked by the hub's own rules, to be looked at, then sent
(``Office.send``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2
from liaison import letters
from liaison.matter import Matter
from liaison.office import Draft, Office
from liaison.papers.answer import Addition, Answer
from liaison.papers.fill import wrong
from liaison.papers.opening import Opening
from liaison.papers.terms import of_paper
from liaison.reading import agency as agency_in_words
from liaison.words import kind_name


async def acknowledgement(office: Office, item: bytes) -> Draft:
    """签收: take the obligation on."""
    matter = await office.item(item)
    return office.draft([letters.acknowledged(matter, office.profile.agency)], matter)


async def reply(office: Office, item: bytes, paper: Answer) -> Draft:
    """Answer: an inquiry's reply, the closing, or one after the other. HT-CLI-27 for an answer of the wrong form."""
    matter = await office.item(item)
    if paper.reply is not None and kind_name(matter.kind) != "inquiry":
        raise wrong("extent", "extent-inquiry-only")
    with of_paper():
        return office.draft(letters.answers(matter, paper), matter, files=paper.files)


async def return_(office: Office, item: bytes, reason: codes_pb2.ReasonCode.ValueType, text: str) -> Draft:
    """退回 with a reason; ``text`` is sealed. HT-CLI-85: "other" says nothing without a text."""
    if reason == codes_pb2.REASON_CODE_OTHER and not text.strip():
        raise HutongError("HT-CLI-85", option="--message")
    matter = await office.item(item)
    return office.draft([letters.returned(matter, office.profile.agency, reason, text)], matter)


async def supplement(office: Office, item: bytes, paper: Addition) -> Draft:
    """More material, to every other party that has or laid an obligation."""
    matter = await office.item(item)
    with of_paper():
        return office.draft([letters.supplement(matter, paper, office.profile.agency)], matter, files=paper.files)


def opening(office: Office, paper: Opening, *about: Matter) -> Draft:
    """A lead, an inquiry or a 督办. Its message id is the item's id. Recipients may be named by their agency's name.

    ``about``: the item that the paper names, if any (``named_in``).
    """
    to = tuple(replace(each, agency=agency_code(office, each.agency)) for each in paper.to)
    with of_paper():
        return office.draft([replace(paper, to=to).letter()], *about, files=paper.files)


async def named_in(office: Office, paper: Opening) -> list[Matter]:
    """The item that ``paper`` is about. HT-DTY-01."""
    item = getattr(paper.facts, "about_item", b"")
    return [await office.item(item)] if item else []


def whose(office: Office, matter: Matter, said: str, fits: Callable[[casework_pb2.Obligation], object]) -> str:
    """The agency whose obligation is meant: the one that ``said`` names, else the only one that ``fits``, else the only
    one there is. HT-CLI-60 where several could be."""
    if said:
        return agency_code(office, said)
    known = list(matter.duties)
    found = [agency for agency in known if fits(matter.duties[agency])] or known
    if len(found) > 1:
        names = office.agency_names()
        raise HutongError("HT-CLI-60", known=say("list-comma").join(agency_in_words(each, names) for each in found))
    return found[0]


def agency_code(office: Office, said: str) -> str:
    """The code of the agency that ``said`` names, by its code or by a name that is only its own. HT-DIR-01."""
    if said in office.directory.records.agencies:
        return said
    named = {
        code
        for lang in ("zh", "en")
        for code, name in office.agency_names(lang).items()
        if name.casefold() == said.casefold()
    }
    if len(named) != 1:
        raise HutongError("HT-DIR-01", agency=said[:40])
    return named.pop()
