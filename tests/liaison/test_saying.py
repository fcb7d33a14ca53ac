"""What a timeline says beside the kind of each statement, in both languages, from what was signed."""

from __future__ import annotations

from typing import Any

import pytest

from hutong.kinds import kinds
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison import saying
from liaison.items import Duty
from liaison.reading import person
from liaison.timeline import Event, Mark, timeline

NOON = 1_791_777_600_000
"""2026-10-12 12:00 in China."""
HEAD, LIAISON, DEPUTY = ("c00000000000a", "c00000000000b", "c00000000000c")
NAMES = {
    "police": "公安局",
    "banking": "银监局",
    person(HEAD): "马长青",
    person(LIAISON): "史小监",
    person(DEPUTY): "李敏",
}
SAID: list[tuple[Any, str, str]] = [
    (kinds_pb2.Progressed(step=codes_pb2.PROGRESS_STEP_VERIFYING), "核查中", "verifying"),
    (
        kinds_pb2.Held(until=NOON, reason=codes_pb2.HOLD_REASON_WAITING_FOR_MATERIAL),
        "至 2026-10-12 12:00 · 等待补正",
        "until 2026-10-12 12:00 · waiting for material",
    ),
    (
        kinds_pb2.ExtensionAsked(until=NOON, reason=codes_pb2.EXTENSION_REASON_COMPLEX),
        "至 2026-10-12 12:00 · 案情复杂",
        "until 2026-10-12 12:00 · a complex matter",
    ),
    (
        kinds_pb2.ExtensionDecided(agency="police", granted=True),
        "公安局（police） · 同意",
        "公安局 (police) · granted",
    ),
    (kinds_pb2.ExtensionDecided(agency="police"), "公安局（police） · 不同意", "公安局 (police) · refused"),
    (kinds_pb2.Reviewed(agency="police", accepted=True), "公安局（police） · 通过", "公安局 (police) · accepted"),
    (
        kinds_pb2.Reviewed(agency="police", reason=codes_pb2.REASON_CODE_INCOMPLETE),
        "公安局（police） · 退回办理 · 材料不全",
        "公安局 (police) · handed back · incomplete",
    ),
    (
        kinds_pb2.Escalated(
            agency="police",
            form=codes_pb2.ESCALATION_FORM_URGE,
            to=codes_pb2.ESCALATION_TARGET_DEPUTY,
            told=[DEPUTY],
        ),
        "公安局（police） · 催办 → 李敏（副手）",
        "公安局 (police) · urged → 李敏 (deputy)",
    ),
    (
        kinds_pb2.Escalated(
            agency="police",
            form=codes_pb2.ESCALATION_FORM_URGE_LETTER,
            to=codes_pb2.ESCALATION_TARGET_SUPERIOR,
            last=True,
        ),
        "公安局（police） · 催办函 → 负责人和上级（无人可通知） · 最后一级",
        "公安局 (police) · letter of urging → head and superior (nobody can be reached) · last step",
    ),
    (
        kinds_pb2.OwnershipFell(agency="police", owner=LIAISON, head=HEAD, cause=codes_pb2.FALL_CAUSE_NO_KEY),
        "公安局（police） · 史小监 → 马长青 · 没有有效的签名密钥",
        "公安局 (police) · 史小监 → 马长青 · no signing key in force",
    ),
    (
        kinds_pb2.NonResponse(agency="police", form=codes_pb2.NON_RESPONSE_FORM_NEVER_FETCHED),
        "公安局（police） · 从未取件",
        "公安局 (police) · never fetched",
    ),
    (
        kinds_pb2.ApprovalRecorded(
            subject=codes_pb2.APPROVAL_SUBJECT_EXTENSION,
            granted=True,
            decided_on="2026-10-12",
            post=codes_pb2.APPROVAL_POST_PRINCIPAL,
        ),
        "延期 · 同意 · 纸质，2026-10-12，正职负责人",
        "extension · granted · on paper, 2026-10-12, principal",
    ),
    (kinds_pb2.ApprovalChecked(agrees=True), "与纸质一致", "agrees with the paper"),
    (kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED), "属实", "confirmed"),
    (kinds_pb2.Return(reason=codes_pb2.REASON_CODE_DUPLICATE), "重复", "duplicate"),
    (kinds_pb2.EscalationForced(agency="police"), "公安局（police）", "公安局 (police)"),
    (kinds_pb2.Acknowledged(), "", ""),
]


def event(said: Any, **more: Any) -> Event:
    header = header_pb2.Header(**more)
    (name,) = (name for name in kinds() if type(getattr(header, name)) is type(said))
    getattr(header, name).CopyFrom(said)
    getattr(header, name).SetInParent()
    return Event(NOON, 1, kinds()[name].number, "police", LIAISON, "史小监", header=header)


@pytest.mark.parametrize(("facts", "zh", "en"), SAID, ids=lambda each: type(each).__name__)
def test_what_was_signed_is_said_in_words(facts: Any, zh: str, en: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for lang, said in (("zh-CN", zh), ("en", en)):
        monkeypatch.setenv("HUTONG_LANG", lang)
        assert saying.about(event(facts), NAMES) == said


def test_to_whom_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    to = [header_pb2.Recipient(agency="banking", role=1), header_pb2.Recipient(agency="market", role=2)]
    passed = event(kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT), recipients=to)
    assert saying.about(passed, NAMES) == "交给 银监局（banking） · 不属职责"
    given = event(
        kinds_pb2.Assigned(agency="police"), recipients=[header_pb2.Recipient(agency="police", contact=DEPUTY)]
    )
    assert saying.about(given, NAMES) == "公安局（police） · 交给 李敏"
    drill = event(kinds_pb2.Acknowledged(), facts=header_pb2.CommonFacts(drill=True))
    assert saying.about(drill, NAMES) == "演练"


def test_who_signed_for_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    """代理 is never hidden."""
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    alone = Event(NOON, 1, 122, "police", LIAISON, "史小监")
    deputy = Event(NOON, 1, 122, "police", DEPUTY, "李敏", acting_for=LIAISON, principal_name="史小监")
    assert [saying.signer(each) for each in (alone, deputy)] == ["史小监", "李敏（代理 史小监）"]
    monkeypatch.setenv("HUTONG_LANG", "en")
    assert saying.signer(deputy) == "李敏 (acting for 史小监)"


def test_what_is_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    record = casework_pb2.Obligation(
        agency="police",
        state=casework_pb2.OBLIGATION_STATE_PENDING,
        acknowledge_by=NOON + 2,
        complete_by=NOON + 9,
        next_at=NOON + 2,
        next_to=codes_pb2.ESCALATION_TARGET_HEAD,
        next_form=codes_pb2.ESCALATION_FORM_URGE,
        next_contacts=[HEAD],
    )
    duty = Duty(record, NOON)
    hub = casework_pb2.GetItemResponse(obligations=[record])
    coming = timeline(hub, [], [duty], None)  # type: ignore[arg-type]
    assert [(each.at - NOON, each.mark) for each in coming] == [
        (2, Mark.ACKNOWLEDGE_BY),
        (2, Mark.NEXT_STEP),
        (9, Mark.COMPLETE_BY),
    ]
    assert [saying.about(each, NAMES) for each in coming] == ["", "催办 → 马长青（负责人）", ""]
    record.next_to = record.next_form = 0  # type: ignore[assignment]
    assert saying.step(duty, NAMES) == "出具逾期未应证明"
    record.state = casework_pb2.OBLIGATION_STATE_CLOSED
    assert timeline(hub, [], [duty], None) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_what_stands_out_is_marked(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", lang)
    record = casework_pb2.Obligation(
        state=casework_pb2.OBLIGATION_STATE_IN_PROGRESS,
        breach=True,
        red=True,
        extension_stage=1,
        redirected_from="banking",
        sent_back=1,
    )
    marks = list(saying.marks(Duty(record, NOON), NAMES))
    assert len(set(marks)) == 5
    record.extension_stage = 2
    assert list(saying.marks(Duty(record, NOON), NAMES))[2] not in marks
    record.state = casework_pb2.OBLIGATION_STATE_CLOSED
    assert len(list(saying.marks(Duty(record, NOON), NAMES))) == 3, "what is over waits for nobody"


@pytest.mark.parametrize(("lang", "mark"), [("zh-CN", "【演练】"), ("en", "[DRILL] ")])
def test_a_drill_is_marked_once(lang: str, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", lang)
    assert saying.titled("桌面推演", drill=True) == f"{mark}桌面推演"
    assert saying.titled("桌面推演", drill=False) == "桌面推演"
    for said in ("【演练】桌面推演", "[DRILL] table top"):
        assert saying.titled(said, drill=True) == said, "in whichever language it says so itself"
