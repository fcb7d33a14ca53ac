"""Policies: the specification's shapes, thresholds counted out, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.proofs.note import COSIGNATURE, Note
from hutong.proofs.policy import Group, Policy

WITNESSES = ("banking", "cyberspace", "market", "police", "telecom")


@pytest.fixture(scope="module")
def lines(keys: Callable[..., Any]) -> dict[str, str]:
    found = {name: f"witness {name} {keys(name, name, COSIGNATURE)}" for name in WITNESSES}
    return {**found, "log": f"log {keys('hutong.example/log', 'log')}"}


def parse(*lines: str) -> Policy:
    return Policy.parse("".join(f"{line}\n" for line in lines).encode())


def test_thresholds(lines: dict[str, str], make_log: Callable[..., Any]) -> None:
    """2 of 3 and any of 2, for every set of cosigners."""
    log = make_log(5)
    policy = parse(
        "# who counts",
        lines["log"],
        "",
        *(lines[name] for name in WITNESSES),
        "group\tstate  2 banking market police ",
        " group net any cyberspace telecom",
        "group both all state net",
        "quorum both",
    )
    assert policy.groups["both"] == Group(2, ("state", "net"))
    assert Policy.parse(bytes(policy)) == policy
    for count in range(len(WITNESSES) + 1):
        for cosigners in combinations(WITNESSES, count):
            enough = len({"banking", "market", "police"} & set(cosigners)) >= 2 and (
                "cyberspace" in cosigners or "telecom" in cosigners
            )
            note = Note.parse(bytes(log.cosigned(*cosigners)))
            judgement = policy.judge(note)
            assert set(judgement.cosigned) == set(cosigners)
            assert [fault.code for fault in judgement.faults] == ([] if enough else ["HT-LOG-10"])


def test_quorum_of_one_and_of_none(lines: dict[str, str], make_log: Callable[..., Any]) -> None:
    log = make_log(5)
    alone = parse(lines["log"], "quorum none")
    assert alone.accept(log.note()) == log.checkpoint()
    assert alone.judge(log.cosigned("police")).unknown == ("police",)
    one = parse(lines["police"], lines["log"], "quorum police")
    assert one.accept(log.cosigned("police")).size == 5
    with pytest.raises(HutongError, match="HT-LOG-10"):
        one.accept(log.cosigned("market"))


def test_foreign_and_false_signatures(lines: dict[str, str], make_log: Callable[..., Any]) -> None:
    log = make_log(5)
    policy = parse(lines["log"], lines["police"], "quorum none")
    good = log.cosigned("police")
    swapped = Note(
        good.text, (good.signatures[0], type(good.signatures[1])("police", good.signatures[1].key_id, b"x" * 72))
    )
    with pytest.raises(HutongError, match="HT-LOG-09"):
        policy.accept(swapped)
    with pytest.raises(HutongError, match="HT-LOG-08"):
        policy.accept(Note(good.text, good.signatures[1:]))
    with pytest.raises(HutongError, match="HT-LOG-08"):
        policy.accept(Note(good.text.replace("hutong.example/log", "other.example/log"), good.signatures[:1]))
    faults = policy.judge(Note(good.text.replace("5", "6"), good.signatures)).faults
    assert [fault.code for fault in faults] == ["HT-LOG-09", "HT-LOG-09", "HT-LOG-08"]


def test_a_log_answers_for_its_own_origin_only(keys: Callable[..., Any], make_log: Callable[..., Any]) -> None:
    """Two logs in one policy: the signature of one under the other's origin counts for nothing."""
    log, other = make_log(5), keys("other.example/log", "other")
    policy = Policy((log.key, other))
    assert policy.accept(log.note()).origin == "hutong.example/log"
    note = log.note()
    forged = note.text.replace("hutong.example/log", "other.example/log")
    with pytest.raises(HutongError, match="HT-LOG-08"):
        policy.accept(Note(forged, (log.key.sign(forged, log.sign),)))


def test_refused(lines: dict[str, str], keys: Callable[..., Any]) -> None:
    log, police, market = lines["log"], lines["police"], lines["market"]
    renamed = f"witness again {keys('police2', 'police', COSIGNATURE)}"
    wrong = [
        [log],
        [log, "quorum none", "quorum none"],
        [log, "quorum police", police],
        [log, log, "quorum none"],
        [police, police, "quorum police"],
        [police, renamed, "quorum police"],
        ["log " + police.split()[2], "quorum none"],
        ["witness a " + log.split()[1], "quorum a"],
        [police.replace("witness police", "witness none"), "quorum none"],
        [police, "group police any police", "quorum police"],
        [police, "group g 0 police", "quorum g"],
        [police, "group g 2 police", "quorum g"],
        [police, "group g 01 police", "quorum g"],
        [police, "group g any", "quorum g"],
        [police, "group g any none", "quorum g"],
        [police, "group g any market", "quorum g"],
        [police, market, "group g any police", "group h any police market", "quorum h"],
        [police, "group g any police police", "quorum g"],
        [police, "group g any police g", "quorum g"],
        [log, "quorum"],
        [log, "quorum none none"],
        [log, "quorums none"],
        [log + " https://a https://b", "quorum none"],
        [log, "quorum none\r"],
        [log + "\x00", "quorum none"],
        [log, "quorum none\x7f"],
        [log + "x", "quorum none"],
    ]
    for case in wrong:
        with pytest.raises(HutongError, match="HT-LOG-11"):
            parse(*case)
    with pytest.raises(HutongError, match="HT-LOG-11"):
        Policy.parse(f"{log}\nquorum none".encode())


def test_opaque_octets(lines: dict[str, str]) -> None:
    """Names and comments may hold any octet beyond ASCII; it comes back unchanged."""
    vkey = lines["police"].split()[2].encode()
    policy = Policy.parse(b"# \xff\nwitness \xff\xfe " + vkey + b" https://\xe4/\nquorum \xff\xfe\n")
    assert bytes(policy) == b"witness \xff\xfe " + vkey + b"\nquorum \xff\xfe\n"


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from(["log", "witness", "group", "quorum", "none", "any", " ", "\n", "a", "#"])).map(
        lambda words: "".join(words).encode()
    )
)
def test_any_bytes_are_a_policy_or_refused(data: bytes) -> None:
    try:
        Policy.parse(data)
    except HutongError as error:
        assert error.code == "HT-LOG-11"


def test_groups_may_be_nested_as_deep_as_a_file_goes(lines: dict[str, str]) -> None:
    depth = 5000
    nested = ["group g0 1 market", *(f"group g{at} 1 g{at - 1}" for at in range(1, depth))]
    policy = parse(lines["log"], lines["market"], *nested, f"quorum g{depth - 1}")
    assert policy.stands_behind(policy.quorum, {"market": 1}) and not policy.stands_behind(policy.quorum, {})
