"""With a new head the hub says what was due before, the registration, and the falls, one after another."""

from __future__ import annotations

from hub.admission.quota import RefusalQuota
from hub.recorder.judge import Judge
from hub.recorder.work import HubTask, Loaded
from hutong.kinds import by_number
from hutong.signing.keys import SigningKey
from hutong.v1 import entry_pb2
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies
from tests.cases import Case, at
from tests.rules.test_ladder import STAFFED
from tests.rules.test_moves import registered
from tests.towns import ORIGIN

POLICE = STAFFED.houses["police"]


def test_what_the_old_head_owned_falls_directly_after_the_registration() -> None:
    key = SigningKey.generate()
    case = Case(STAFFED, at("2026-10-09T16:30"))
    case.keyid = key.keyid
    for contact in (POLICE.head, POLICE.head, POLICE.liaison):
        case.acknowledged(case.lead(), contact=contact)
    case.now = max(duty.attention_by for duty in case.state.obligations.values())
    policies = Policies.shipped()
    judge = Judge(ORIGIN, key, policies, RefusalQuota(3), lambda header: "")
    task = HubTask(lambda state, now: registered(case, "police", POLICE.second), disclosure=b"card", agency="police")
    decided = judge.batch(Loaded(case.state, {}, {}), [task], 500, case.now, Permit(policies, STAFFED.directory))
    entries = [entry_pb2.Entry.FromString(line.entry) for line in decided.lines]
    said = [by_number()[entry.kind].name for entry in entries]
    assert said == ["escalated"] * 2 + ["agency_registered"] + ["ownership_fell"] * 2
    assert [line.disclosure for line in decided.lines] == [None, None, b"card", None, None]
    assert {duty.owner for duty in case.state.obligations.values()} == {POLICE.second, POLICE.liaison}
