"""What an officer is told before anything is signed, and as what it would go: no hub is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hutong.client.writing import Author, Letter, To, compose
from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison import preflight, preview
from liaison.office import Draft
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies
from rules.relation import Relation
from rules.state import State
from tests.towns import NOW, ORIGIN, Town

TOWN = Town.make()
NAMES = {"police": "公安局"}


def placed(market: dict[str, Any], police: dict[str, Any], banking: dict[str, Any] | None = None) -> Directory:
    """The town with its agencies put where they are wanted."""
    known = TOWN.directory.agencies
    wanted = {"market": market, "police": police, "banking": banking or {}}
    return TOWN.directory.with_records(replace(known[code], **where) for code, where in wanted.items())


PEERS = placed({}, {})
ABOVE = placed({}, {"parent": "market"})
BELOW = placed({"parent": "police"}, {})
MANDATED = placed({"mandated": True, "region": "450000"}, {"region": "450102"})


def letter(kind: str, *to: str, copied: tuple[str, ...] = (), **facts: Any) -> Letter:
    text = body_pb2.Body(lead=body_pb2.LeadBody(title="title", narrative="text"))
    common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN])
    copies = [To(code, role=codes_pb2.RECIPIENT_ROLE_CC) for code in copied]
    said = getattr(kinds_pb2, "".join(part.title() for part in kind.split("_")))(**facts)
    return Letter(kind, said, to=[*map(To, to), *copies], body=text, common=common)


def lead(*to: str, **more: Any) -> Letter:
    return letter("lead", *to, source=codes_pb2.LEAD_SOURCE_REPORT, **more)


def inquiry(*to: str, ask: int = codes_pb2.ASK_TYPE_REGISTRY) -> Letter:
    return letter("inquiry", *to, ask=ask, subjects=[kinds_pb2.SubjectCount(role=1, count=1)])


def checked(letter: Letter, directory: Directory, agency: str = "market") -> header_pb2.Header:
    sender = preflight.Sender(ORIGIN, agency, TOWN.houses[agency].liaison)
    return preflight.check(letter, sender, State(directory), Permit(Policies.shipped(), directory), NOW)


def told(letter: Letter, directory: Directory, agency: str = "market") -> HutongError:
    with pytest.raises(HutongError) as caught:
        checked(letter, directory, agency)
    return caught.value


def test_what_is_checked_is_what_will_be_signed() -> None:
    """Field by field, but for what only sealing and signing can know."""
    said, house = replace(lead("police"), urgency=codes_pb2.URGENCY_URGENT, legal_basis=("PSR-2005-12",)), "market"
    who = TOWN.houses[house].liaison
    author = Author(ORIGIN, house, who, TOWN.houses[house].key(who))
    written = header_pb2.Header.FromString(compose(said, author, TOWN.directory, 7, NOW).payload)
    shown = checked(said, TOWN.directory)
    for header in (written, shown):
        for name in ("nonce", "client_sequence", "commitment", "ciphertext_sha256", "wraps_sha256"):
            assert header is shown or getattr(header, name)
            header.ClearField(name)  # type: ignore[arg-type]
    assert written == shown


def test_supervision_is_for_whoever_may_press() -> None:
    for directory in (ABOVE, MANDATED):
        assert checked(letter("supervision", "police"), directory).HasField("supervision")
    for directory, relation, route in (
        (PEERS, "peer", "urge-or-have-it-pressed"),
        (BELOW, "subordinate", "report-upwards"),
    ):
        error = told(letter("supervision", "police"), directory)
        assert (error.code, error.params["relation"], error.params["route"]) == ("HT-PRM-03", relation, route)
        assert error.params["article"] == "PSR-2005-3"
        for lang in ("zh", "en"):
            said = error.sentences(lang)  # type: ignore[arg-type]
            assert not {"?", "{"} & set(said.what + said.why + said.next)


def test_whom_it_only_informs_is_asked_for_nothing() -> None:
    directory = placed({"parent": "banking"}, {"parent": "market"})
    assert checked(letter("supervision", "police", copied=("banking",)), directory)
    assert told(letter("supervision", "police", "banking"), directory).params["towards"] == "banking"


def test_what_the_law_leaves_to_others_is_said_with_the_way_to_them() -> None:
    error = told(inquiry("police", ask=codes_pb2.ASK_TYPE_SUBSCRIBER), PEERS)
    assert (error.code, error.params["route"]) == ("HT-PRM-03", "let-police-ask")
    assert checked(inquiry("market", ask=codes_pb2.ASK_TYPE_SUBSCRIBER), PEERS, "police")
    assert told(lead("shop"), PEERS).params["rule"] == "platforms-are-asked-only"


def test_the_contract_is_asked_first_and_the_rules_last() -> None:
    assert told(lead(), PEERS).code == "HT-HDR-01"
    stranger = told(lead("nobody"), PEERS)
    assert (stranger.code, stranger.params["agency"]) == ("HT-DIR-01", "nobody")
    unknown = replace(lead("police"), to=[To("police", "c" + "9" * 12)])
    assert told(unknown, PEERS).code == "HT-DIR-03"


def drafted(directory: Directory, *letters: Letter) -> Draft:
    return Draft(letters, tuple(checked(each, directory) for each in letters))


def form_line(draft: Draft, directory: Directory) -> list[str]:
    """What the preview says of the form, once a statement."""
    clear = [part for part in preview.parts(draft, NAMES, directory) if part.place == "clear"]
    return [value for part in clear for label, value in part.lines[:1] if label in ("文种", "form")]


@pytest.mark.parametrize(
    ("directory", "form"),
    [(PEERS, "线索移送函"), (ABOVE, "交办通知"), (MANDATED, "交办通知"), (BELOW, "报告")],
)
def test_the_preview_names_the_form(monkeypatch: pytest.MonkeyPatch, directory: Directory, form: str) -> None:
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    draft = drafted(directory, lead("police", copied=("banking",)))
    assert form_line(draft, directory) == [form], "copies have none of their own"
    monkeypatch.setenv("HUTONG_LANG", "en")
    assert form_line(draft, directory) != [form]


def test_each_agency_gets_it_under_its_own_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    directory = placed({"parent": "banking"}, {"parent": "market"})
    draft = drafted(directory, lead("police", "banking"), inquiry("banking"))
    assert form_line(draft, directory) == ["交办通知（致 公安局（police））、报告（致 banking）", "请示"]
    assert preview.forms(draft, directory) == [
        preview.Form("lead", "police", Relation.SUPERIOR, "assignment"),
        preview.Form("lead", "banking", Relation.SUBORDINATE, "report"),
        preview.Form("inquiry", "banking", Relation.SUBORDINATE, "request"),
    ]


def test_a_receipt_is_no_document() -> None:
    header = TOWN.header("seen", "market", to=["police"])
    draft = Draft((Letter("seen", kinds_pb2.Seen(), to=[To("police")]),), (header,))
    assert preview.forms(draft, PEERS) == [] and form_line(draft, PEERS) == []
    assert kinds()["seen"].receipt
