"""Replay of what a real hub exported: equal to its claims, and unequal as soon as anybody bends anything.

Everything that is bent here is folded, hashed and signed anew, as the operator could who holds the log's key.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from audit.review.findings import Report
from audit.review.replay import Replay
from audit.review.signatures import SignatureCheck
from audit.review.verify import verify
from hub.export import write
from hub.state import tables
from hub.state.database import open_engine, writing
from hub.state.records import table_of
from hutong.client.refusals import Refused
from hutong.client.writing import Letter, To
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from hutong.v1.entry_pb2 import ENTRY_EVENT_REFUSED, Entry
from hutong.v1.envelope_pb2 import Envelope
from rules import hub_statements
from rules.records import Obligation, Recorded
from rules.state import State
from tests.worlds import close, make_world

Found = set[tuple[str, str]]


def replayed(folder: Path) -> Report:
    return verify(folder, check_statements=Replay)


def found(report: Report) -> Found:
    """Each fault's code with the field, code or record that it names."""
    return {
        (fault.code, dict(fault.params).get("field", dict(fault.params).get("refusal", ""))) for fault in report.faults
    }


def codes(report: Report) -> set[str]:
    return {fault.code for fault in report.faults}


async def refused(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        await call
    assert caught.value.receipt is not None, "the refusal is an entry"
    return caught.value.code


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> Iterator[Any]:
    """A lead acknowledged and completed, one returned, one pending; an acknowledgement and an id refused. Nothing else:
    these tests count what is open."""
    world = make_world(tmp_path_factory.mktemp("history"), loop)

    async def story() -> None:
        police, liaison = await world.client(world.police.liaison.profile), world.police.officer()
        market = await world.client(world.market.liaison.profile)

        async def follow(kind: str, facts: Any, item: bytes, **more: Any) -> Any:
            letter = Letter(kind, facts, to=[To("market")], item=item, in_reply_to=item, **more)
            return await world.write(letter, liaison, world.police.liaison.profile)

        for last in ("completed", "return"):
            item = (await market.send(await world.lead())).entry.message_id
            ends = {
                "completed": kinds_pb2.Completed(
                    outcome=codes_pb2.OUTCOME_CODE_UNSUBSTANTIATED, evidence_sha256=hashlib.sha256(item).digest()
                ),
                "return": kinds_pb2.Return(reason=codes_pb2.REASON_CODE_INCOMPLETE),
            }
            taken = await follow("acknowledged", kinds_pb2.Acknowledged(), item)
            await police.send(taken)
            await police.send(await follow(last, ends[last], item))
        again = await follow("acknowledged", kinds_pb2.Acknowledged(), item)
        assert await refused(police.send(again)) == "HT-DTY-03"
        used = header_pb2.Header.FromString(taken.envelope.payload).message_id
        other = await follow("acknowledged", kinds_pb2.Acknowledged(), item, message_id=used)
        assert await refused(police.submit(other)) == "HT-IDN-01"
        await market.send(await world.lead("nobody looks at it"))

    world.run(story())
    yield world
    close(world)


@pytest.fixture
def export(history: Any, tmp_path: Path) -> Path:
    write(history.hub.home, history.hub.engine, tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture
def bent(history: Any, export: Path, tmp_path: Path, operator: Any) -> Callable[..., Report]:
    """The replay of the export once an operator has had a hand in it."""

    def make(bend: Callable[[Any], None]) -> Report:
        one = operator(export, history.hub.home)
        bend(one)
        return replayed(one.write(tmp_path / "bent"))

    return make


def test_an_honest_hub_replays_equal(export: Path) -> None:
    report = replayed(export)
    assert report.ok, report.faults
    assert report.statements == report.entries > 20
    assert verify(export, check_statements=SignatureCheck).ok


def test_the_operator_s_tool_changes_nothing_by_itself(bent: Any) -> None:
    report = bent(lambda operator: None)
    assert report.ok, report.faults


# --- what is claimed ---


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("claims.json", b'"state":4', b'"state":2'),
        ("claims.json", b'"outcome":2', b'"outcome":1'),
        ("directory/police.json", b'"revoked_at":0', b'"revoked_at":1'),
    ],
)
def test_a_bent_claim_is_named(
    history: Any, export: Path, tmp_path: Path, operator: Any, name: str, old: bytes, new: bytes
) -> None:
    hostile = operator(export, history.hub.home)
    assert old in (export / name).read_bytes()
    hostile.change = lambda changed, data: data.replace(old, new, 1) if changed == name else data
    folder = hostile.write(tmp_path / "bent")
    assert verify(folder, check_statements=SignatureCheck).ok, "everything but the claim is honest"
    report = replayed(folder)
    assert codes(report) == {"HT-RPL-03"}
    assert {fault.where for fault in report.faults} == {name}


def test_a_database_edited_by_hand_is_named(history: Any, tmp_path: Path) -> None:
    """The operator moves an obligation to another owner with SQL; the log says otherwise."""
    copy = shutil.copy(history.hub.home.settings.home / "hub.sqlite", tmp_path / "hub.sqlite")
    for suffix in ("-wal", "-shm"):
        file = history.hub.home.settings.home / f"hub.sqlite{suffix}"
        if file.exists():
            shutil.copy(file, f"{copy}{suffix}")
    engine = open_engine(f"sqlite:///{copy}")
    with writing(engine) as connection:
        connection.execute(update(table_of(tables.ObligationRow)).values(owner="c000000000000"))
    write(history.hub.home, engine, tmp_path / "export")
    engine.dispose()
    assert codes(replayed(tmp_path / "export")) == {"HT-RPL-03"}


# --- once, and in its time ---


def repeat(operator: Any) -> None:
    """The lead that was completed once more: its obligation would be open again."""
    lead = operator.find("completed")
    item = operator.header(lead).item_id
    first = next(i for i, (entry, _) in enumerate(operator.lines) if entry.message_id == item)
    entry = Entry()
    entry.CopyFrom(operator.lines[first][0])
    entry.recorded_at = operator.lines[-1][0].recorded_at
    operator.lines.append((entry, operator.lines[first][1]))


def late(operator: Any) -> None:
    lead = operator.find("lead")
    operator.lines[lead][0].recorded_at = operator.header(lead).expires_at


def test_a_statement_counts_once(bent: Any) -> None:
    report = bent(repeat)
    assert ("HT-RPL-02", "HT-IDN-01") in found(report)


def test_a_statement_counts_only_in_its_time(bent: Any) -> None:
    assert ("HT-RPL-02", "HT-TIM-02") in found(bent(late))


# --- what the hub itself says ---


def duty_of(operator: Any) -> tuple[State, Obligation]:
    """The state, and the lead in it that nobody has acknowledged."""
    state = operator.fold()
    (duty,) = (duty for duty in state.obligations.values() if duty.state == 1)
    return state, duty


def certify(operator: Any, **change: Any) -> int:
    """The certificate that is due, for the obligation as it is or with ``change``."""
    state, duty = duty_of(operator)
    now = duty.acknowledge_by + 1000
    item, keyid = state.items[duty.item], operator.home.key.keyid
    header = hub_statements.non_response(operator.origin, keyid, item, replace(duty, **change), now)
    return int(operator.say(header, now))


def erase(operator: Any, order: bytes = b"o" * 16, now: int = 0, **more: Any) -> int:
    """The body of that lead is deleted on ``order``."""
    state, duty = duty_of(operator)
    about: Recorded = state.statements[duty.item]
    now = now or operator.lines[-1][0].recorded_at
    reason = codes_pb2.ERASURE_REASON_RECALLED
    header = hub_statements.erased(operator.origin, operator.home.key.keyid, about, order, reason, now)
    return int(operator.say(header, now, **{"erased_index": about.index + 1} | more))


def test_what_the_hub_says_follows_from_the_log(bent: Any) -> None:
    def honest(operator: Any) -> None:
        erase(operator)
        certify(operator)

    report = bent(honest)
    assert report.ok, report.faults


@pytest.mark.parametrize(
    "change",
    [{"owner": "head"}, {"available_at": 1}, {"acknowledge_by": 2}, {"delivered_at": 5}],
    ids=["owner", "available", "due", "delivered"],
)
def test_a_certificate_says_what_is_on_record(history: Any, bent: Any, change: dict[str, Any]) -> None:
    if "owner" in change:
        change = {"owner": history.police.head.contact}
    assert ("HT-RPL-02", "HT-DTY-14") in found(bent(lambda operator: certify(operator, **change)))


def test_a_certificate_goes_to_nobody_else_and_has_its_own_id(bent: Any) -> None:
    def told(operator: Any) -> None:
        index = certify(operator)
        header = operator.header(index)
        header.recipients.add(agency="market", role=codes_pb2.RECIPIENT_ROLE_CC)
        operator.resign(index, header)

    def renamed(operator: Any) -> None:
        index = certify(operator)
        header = operator.header(index)
        header.message_id = b"x" * 16
        operator.resign(index, header)

    for bend in (told, renamed):
        report = bent(bend)
        shutil.rmtree(report.path)
        assert "HT-RPL-02" in codes(report)


def test_nothing_is_smuggled_past_the_contract(bent: Any) -> None:
    """A field that the contract does not know, signed with everything else: the hub was to refuse it."""

    def smuggle(operator: Any) -> None:
        index = certify(operator)
        header = operator.header(index)
        header.MergeFromString(b"\xfa\x3f\x0513800")
        operator.resign(index, header)

    assert ("HT-RPL-02", "HT-HDR-02") in found(bent(smuggle))


def test_silence_that_nobody_certified_is_named(bent: Any) -> None:
    """The log goes on for long after the lead was due, and says nothing of it."""

    def silent(operator: Any) -> None:
        erase(operator, now=duty_of(operator)[1].acknowledge_by + 300_000)

    report = bent(silent)
    assert codes(report) == {"HT-RPL-07"}
    assert dict(report.faults[0].params)["agency"] == "police"


def test_a_body_is_erased_once_and_the_entry_says_which(bent: Any) -> None:
    def twice(operator: Any) -> None:
        erase(operator)
        erase(operator, b"p" * 16)

    report = bent(twice)
    shutil.rmtree(report.path)
    assert ("HT-RPL-02", "HT-DTY-11") in found(report)
    assert found(bent(lambda operator: erase(operator, erased_index=0))) == {("HT-RPL-01", "erased_index")}


# --- what was refused ---


def refusal(operator: Any, code: str) -> tuple[Entry, Envelope]:
    """The last refusal for ``code``."""
    (*_, line) = (line for line in operator.lines if line[0].refusal == code)
    return line


@pytest.mark.parametrize(
    "other",
    ["HT-IDN-01", "HT-DTY-05", "HT-SIG-04", "HT-DIR-01", "HT-SEA-03", "HT-PRM-01", "HT-PRM-03", "13800000000", ""],
)
def test_a_refusal_has_the_reason_that_the_rules_give(bent: Any, other: str) -> None:
    report = bent(lambda operator: setattr(refusal(operator, "HT-DTY-03")[0], "refusal", other))
    assert "HT-RPL-08" in codes(report)


def test_an_id_used_before_is_refused_for_nothing_else(bent: Any) -> None:
    report = bent(lambda operator: setattr(refusal(operator, "HT-IDN-01")[0], "refusal", "HT-PRM-01"))
    assert codes(report) == {"HT-RPL-08"}


def invent(operator: Any, source: int, code: str, **more: Any) -> None:
    entry, envelope = Entry(), Envelope()
    entry.CopyFrom(operator.lines[source][0])
    envelope.CopyFrom(operator.lines[source][1])
    entry.event, entry.refusal, entry.permitted_by = ENTRY_EVENT_REFUSED, code, ""
    entry.recorded_at = operator.lines[-1][0].recorded_at
    for name, value in more.items():
        setattr(entry, name, value)
    operator.lines.append((entry, envelope))


def test_a_refusal_of_what_was_never_sent_is_named(bent: Any) -> None:
    """Of a repeat, which gets its first answer; of bytes that nobody signed; of the hub's own word."""

    def of_a_repeat(operator: Any) -> None:
        invent(operator, operator.find("return"), "HT-IDN-01")

    def unsigned(operator: Any) -> None:
        invent(operator, operator.find("return"), "HT-IDN-01")
        operator.lines[-1][1].signatures[0].sig = bytes(64)

    def of_the_hub(operator: Any) -> None:
        invent(operator, operator.find("agency_registered"), "HT-IDN-01")

    for bend in (of_a_repeat, unsigned, of_the_hub):
        report = bent(bend)
        shutil.rmtree(report.path)
        assert "HT-RPL-08" in codes(report), bend.__name__


@pytest.mark.parametrize("code", ["HT-DTY-01", "HT-PRM-01", "HT-PRM-03"])
def test_what_policies_and_rules_accept_is_not_refused(bent: Any, code: str) -> None:
    def withhold(operator: Any) -> None:
        index = operator.find("lead")
        entry, _ = operator.lines[index]
        entry.event, entry.refusal, entry.permitted_by = ENTRY_EVENT_REFUSED, code, ""
        entry.outcome_sha256 = refusal(operator, "HT-DTY-03")[0].outcome_sha256

    report = bent(withhold)
    assert codes(report) == {"HT-RPL-08"}
    assert dict(report.faults[0].params)["expected"] == "–"


def test_the_policy_that_permits_is_the_one_that_speaks(bent: Any) -> None:
    def other(operator: Any) -> None:
        entry, _ = operator.lines[operator.find("lead")]
        assert entry.permitted_by == "flow-between-authorities"
        entry.permitted_by = "receipts"

    assert ("HT-RPL-01", "permitted_by") in found(bent(other))


# --- what stands in an entry beside its statement ---

FIELDS: dict[str, Any] = {
    "submitter": "market",
    "certificate_sha256": b"z" * 31,
    "permitted_by": "subscriber-data-only-for-police-and-procuratorate",
    "cause_index": 4,
    "erased_index": 7,
    "sequence_gap": 77,
    "directory_index": 999_999,
    "refusal": "13800000000",
    "outcome_sha256": b"",
    "case_id": b"c" * 16,
}


@pytest.mark.parametrize("field", sorted(FIELDS))
@pytest.mark.parametrize("kind", ["return", "agency_registered"])
def test_an_entry_says_nothing_of_its_own(bent: Any, field: str, kind: str) -> None:
    def bend(operator: Any) -> None:
        index = operator.find(kind)
        operator.kept.add(index)
        operator.fold()
        setattr(operator.lines[index][0], field, FIELDS[field])

    assert ("HT-RPL-01", field) in found(bent(bend))


def test_a_certificate_is_one_agency_s(bent: Any) -> None:
    def bend(operator: Any) -> None:
        police, market = (operator.lines[operator.find(kind)][0] for kind in ("return", "lead"))
        police.certificate_sha256 = market.certificate_sha256

    assert ("HT-RPL-01", "certificate_sha256") in found(bent(bend))


@pytest.mark.parametrize("field", ["calendar_sha256", "policy_sha256", "rules_sha256"])
def test_an_entry_names_the_versions_that_the_export_holds(bent: Any, field: str) -> None:
    report = bent(lambda operator: setattr(operator.lines[-1][0], field, b"v" * 32))
    assert ("HT-RPL-09", field) in found(report)
    assert ("HT-RPL-05", field) in found(report)


@pytest.mark.parametrize("path", ["calendar.txt", "policies/20-flow.cedar", "rules/clocks.toml"])
def test_the_texts_in_an_export_are_those_decided_by(bent: Any, path: str) -> None:
    def bend(operator: Any) -> None:
        operator.texts[path] += b"\n"

    report = bent(bend)
    assert codes(report) == {"HT-RPL-09"}
    assert len(report.faults) == 1, "told once, not for every entry"
    shutil.rmtree(report.path)
    assert "HT-RPL-09" in codes(bent(lambda operator: operator.texts.pop(path)))
