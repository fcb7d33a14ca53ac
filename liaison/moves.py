"""An obligation on its way to somebody else, as drafts: 转办, 指派, 催, 工作交接."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hutong.errors import HutongError
from hutong.sealing.attachments import AttachmentSecret
from hutong.v1 import body_pb2, casework_pb2, codes_pb2
from liaison import letters, people
from liaison.drafting import agency_code, whose
from liaison.held import Held
from liaison.office import Draft, Office
from liaison.preview import REDIRECT_NOTE
from liaison.reach import Reach
from liaison.view import Opened

_MOST_ITEMS = 500
"""Items of one handover (kinds.proto)."""


async def redirect(office: Office, item: bytes, to: str, reason: codes_pb2.ReasonCode.ValueType, text: str) -> Draft:
    """转办 to the agency that ``to`` names, with everything that came from whoever opened the item.

    HT-CLI-67: the node has not opened it, so there is nothing to pass on.
    """
    if reason == codes_pb2.REASON_CODE_OTHER and not text.strip():
        raise HutongError("HT-CLI-85", option="--text")
    matter, held = await office.material(item)
    body = passed_on(held, matter.originator, text)
    granted = [AttachmentSecret.from_body(each).ref() for each in body.attachments]
    return office.draft([letters.redirect(matter, agency_code(office, to), reason, body, granted)], matter)


async def take_back(office: Office, item: bytes) -> Draft:
    """撤回转办. HT-MOV-02: nothing that was passed on waits for another agency."""
    matter = await office.item(item)
    duty = matter.duties.get(office.profile.agency)
    if duty is None or not duty.redirected_to:
        raise HutongError("HT-MOV-02")
    return office.draft([letters.redirect_taken_back(matter, duty.redirected_to)], matter)


def passed_on(held: Held, originator: str, text: str) -> body_pb2.Body:
    """The body of a redirect: content and attachments as the opening has them, so that they are read as any other, and
    the signed statements themselves. The attachments' keys go along: their ciphertext lies at the hub already, and the
    redirect names it, which is what lets its recipients fetch it.

    Redirects that came before are enclosed without their bodies: they prove how the item came here.
    """
    opening = held.opening
    if opening is None or opening.body is None:
        raise HutongError("HT-CLI-67")
    body = body_pb2.Body()
    body.CopyFrom(opening.body)
    for name in ("native", "native_format", "enclosed"):
        body.ClearField(name)
    more = [each for each in held.statements if _added(each, originator)]
    for attachment in (one for each in more if each.body for one in each.body.attachments):
        if attachment.address not in {known.address for known in body.attachments}:
            body.attachments.append(attachment)
    chain = [each for each in held.statements if each.header.HasField("redirect")]
    body.enclosed.extend(_enclosed(each, whole=True) for each in (opening, *more))
    body.enclosed.extend(_enclosed(each, whole=False) for each in chain)
    if text.strip():
        body.extras.add(path=REDIRECT_NOTE, value=text)
    return body


def _added(statement: Opened, originator: str) -> bool:
    """Whether it is more material from whoever opened the item, and opened."""
    header = statement.header
    return header.HasField("supplement") and header.sender.agency == originator and statement.body is not None


def _enclosed(statement: Opened, *, whole: bool) -> body_pb2.Enclosed:
    answer = statement.answer
    unsealed = answer.unsealed if whole else b""
    return body_pb2.Enclosed(envelope=answer.entry.envelope, receipt=answer.entry.receipt, unsealed=unsealed)


async def assignment(office: Office, item: bytes, to: str, agency: str) -> Draft:
    """指派: the head gives it to a contact of the agency; a coordinator to the head of the agency that owes.

    An item that the sender may not see is decided by the hub alone: a coordinator above was told of it by a ladder.
    """
    records, own = office.directory.records, office.profile.agency
    try:
        matter = await office.item(item)
    except HutongError as error:
        if error.code != "HT-DTY-01" or not agency:
            raise
        matter = None
    owing = agency_code(office, agency) if matter is None else whose(office, matter, agency, lambda d: d.agency == own)
    if owing != own and not to:
        contact = records.agencies[owing].head_contact
    else:
        contact = people.find(office.directory, owing, to, office.now).contact.id
    letter = letters.assigned(item, owing, contact, matter)
    if matter is not None:
        return office.draft([letter], matter)
    return replace(office.blind_draft(letter), reaches=(Reach(owing, contact, 0, unseen=True),))


async def urging(office: Office, item: bytes, agency: str) -> Draft:
    """催: the next step of the ladder now."""
    matter, own = await office.item(item), office.profile.agency
    owing = whose(office, matter, agency, lambda duty: duty.agency == own)
    return office.draft([letters.escalation_forced(matter, owing, own)], matter)


async def handover(office: Office, items: Sequence[bytes], to: str, *, leaving: bool) -> Draft:
    """工作交接 to the colleague whom ``to`` names: ``items``, or all that the caller owns where none is named.

    HT-CLI-63: the caller owns nothing.
    """
    taker = people.find(office.directory, office.profile.agency, to, office.now).contact.id
    owned = await office.obligations()
    offered = list(items) or [duty.item_id for duty in owned if duty.owner == office.profile.contact]
    if not offered:
        raise HutongError("HT-CLI-63")
    parts = [offered[first : first + _MOST_ITEMS] for first in range(0, len(offered), _MOST_ITEMS)]
    own = office.profile.agency
    return office.draft([letters.handover_offered(part, own, taker, leaving=leaving) for part in parts], owned=owned)


async def handover_answer(office: Office, said: str, *, accepted: bool) -> tuple[Draft, casework_pb2.Handover]:
    """The answer to the handover that ``said`` means, or to the only one that waits for the caller, as ``_meant``."""
    found = await _meant(office, said, lambda each: each.taker == office.profile.contact)
    letter = letters.handover_answered(found.id, office.profile.agency, accepted=accepted)
    return office.draft([letter], owned=await office.obligations(), handovers=[found]), found


async def handover_withdrawal(office: Office, said: str) -> tuple[Draft, casework_pb2.Handover]:
    """The end of the handover that ``said`` means, or of the only one that the caller has offered, as ``_meant``."""
    found = await _meant(office, said, lambda each: each.giver == office.profile.contact)
    letter = letters.handover_withdrawn(found.id, office.profile.agency)
    return office.draft([letter], owned=await office.obligations(), handovers=[found]), found


async def _meant(office: Office, said: str, concerns: Callable[[casework_pb2.Handover], bool]) -> casework_pb2.Handover:
    """The handover whose id begins or ends with ``said``; without it the only one that waits and ``concerns`` one.
    HT-CLI-64: several could be; HT-CLI-81: none waits; HT-CLI-82: none is called so."""
    offers = await office.handovers(answered=True)
    waiting = [each for each in offers if concerns(each) and not (each.answered_at or each.withdrawn_at or each.over)]
    given = said.strip().lower().replace("-", "")
    among = offers if given else waiting
    found = [each for each in among if not given or each.id.hex().endswith(given) or each.id.hex().startswith(given)]
    if len(found) > 1:
        raise HutongError("HT-CLI-64", count=len(found))
    if not found:
        raise HutongError("HT-CLI-82", given=said.strip()[:40]) if given else HutongError("HT-CLI-81")
    return found[0]
