"""Every value of the contract that officers read has a word in both languages, and is typed by its short name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.catalogue import LANGS
from hutong.errors import HutongError
from hutong.kinds import by_number
from hutong.v1 import case_codes_pb2, casework_pb2, codes_pb2
from liaison import words

ENUMS = [
    case_codes_pb2.CircularSubject,
    case_codes_pb2.DispositionStep,
    case_codes_pb2.DocketStage,
    case_codes_pb2.FilingReason,
    case_codes_pb2.Finding,
    case_codes_pb2.LevelBand,
    case_codes_pb2.Measure,
    case_codes_pb2.MeasureResult,
    case_codes_pb2.MethodState,
    case_codes_pb2.NotApplicableReason,
    case_codes_pb2.PartyKind,
    case_codes_pb2.RecallReason,
    case_codes_pb2.Tier,
    case_codes_pb2.TransferPart,
    case_codes_pb2.VerificationMethod,
    casework_pb2.ExtensionStage,
    casework_pb2.NoticeState,
    casework_pb2.ObligationState,
    codes_pb2.ApprovalPost,
    codes_pb2.ApprovalSubject,
    codes_pb2.AskType,
    codes_pb2.ContactRole,
    codes_pb2.AmountBand,
    codes_pb2.ErasureReason,
    codes_pb2.EscalationForm,
    codes_pb2.EscalationTarget,
    codes_pb2.ExtensionReason,
    codes_pb2.FallCause,
    codes_pb2.Form,
    codes_pb2.Handling,
    codes_pb2.IdentifierType,
    codes_pb2.KeyUse,
    codes_pb2.HoldReason,
    codes_pb2.LadderTrack,
    codes_pb2.Level,
    codes_pb2.LeadSource,
    codes_pb2.NonResponseForm,
    codes_pb2.Offence,
    codes_pb2.OpeningResult,
    codes_pb2.OutcomeCode,
    codes_pb2.ParticipantBand,
    codes_pb2.ProgressStep,
    codes_pb2.Purpose,
    codes_pb2.ReasonCode,
    codes_pb2.ReplyExtent,
    codes_pb2.RevocationReason,
    codes_pb2.SubjectRole,
    codes_pb2.Urgency,
]


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: str(enum.DESCRIPTOR.name))
def test_values(enum: Any) -> None:
    for text in words.choices(enum):
        value = words.parse(enum, text, "--x")
        assert words.short(enum, value) == text
        assert words.parse(enum, enum.Name(value), "--x") == value
        for lang in LANGS:
            assert words.parse(enum, words.word(enum, value, lang), "--x") == value, "as the screen shows it"
        said = {words.word(enum, value, lang) for lang in LANGS}
        assert len(said) == 2, f"{text} has words of its own in both languages"
    for wrong in ("unspecified", "", "no such value"):
        with pytest.raises(HutongError) as refused:
            words.parse(enum, wrong, "--x")
        assert refused.value.code == "HT-CLI-01"
    assert (words.word(enum, 0), words.word(enum, 999)) == ("", "999")


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: str(enum.DESCRIPTOR.name))
def test_what_can_be_typed_is_listed_with_its_word(enum: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue, from which help lists the values, has those of the contract and no others."""
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    known = [f"{words.short(enum, each)}（{words.word(enum, each, 'zh')}）" for each in _values(enum)]
    assert sorted(words.spoken(enum)) == sorted("、".join(known))
    assert all(each in words.spoken(enum) for each in known)


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: str(enum.DESCRIPTOR.name))
@given(data=st.data())
def test_the_beginning_of_a_value_does_where_no_other_begins_so(enum: Any, data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(_values(enum)))
    said = data.draw(st.sampled_from(sorted(_called(enum, value))))
    typed = said[: data.draw(st.integers(1, len(said)))].strip()
    meant = [each for each in _values(enum) if typed in _called(enum, each)]
    begun = [each for each in _values(enum) if any(name.startswith(typed) for name in _called(enum, each))]
    try:
        found = words.parse(enum, data.draw(st.sampled_from([typed, typed.upper(), f" {typed} "])), "--x")
    except HutongError as error:
        assert error.code == "HT-CLI-80" and len(meant or begun) > 1
        assert all(words.short(enum, each) in error.params["known"] for each in meant or begun)
        return
    assert (meant or begun) == [found]


def _values(enum: Any) -> list[int]:
    return [each.number for each in enum.DESCRIPTOR.values if each.number]


def _called(enum: Any, value: int) -> set[str]:
    return {words.short(enum, value), *(words.word(enum, value, lang).casefold() for lang in LANGS)}


def test_kinds() -> None:
    for number, kind in by_number().items():
        assert words.kind_name(number) == kind.name
        assert len({words.kind_word(number, lang) for lang in LANGS}) == 2
    assert words.kind_word(999) == "999"
