"""An agency and its people join by the program alone, under PINs; keys are changed, revoked, and people let go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hutong.signing.keys import keyid
from hutong.tls.profile import Profile
from hutong.v1 import codes_pb2, kinds_pb2

Run = Any
PIN = "246802"


@pytest.fixture
def hutong(hutong: Run) -> Run:
    hutong.environment["HUTONG_PIN"] = PIN
    return hutong


@pytest.fixture(scope="module")
def office(town: Any, program: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new agency, tax, that joined as its head would do it."""
    folder = tmp_path_factory.mktemp("office")
    program.environment["HUTONG_PIN"] = PIN
    made = program("key", "init", "--out", str(folder / "keys"), "-o", "json").json
    said = kinds_pb2.AgencyRegistered(
        agency="tax",
        type=codes_pb2.AGENCY_TYPE_TAX,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact=made["contact"],
        head_keyid=made["fingerprint"],
    )
    town.world.hub.order("register", agency=said.SerializeToString().hex(), name_zh="税务", name_en="Tax")
    (folder / "ticket").write_text(town.world.hub.ticket("tax").to_text())
    words = ("--ticket", str(folder / "ticket"), "--key", made["key"], "--contact", made["contact"])
    done = program("login", *words, "--dir", str(folder / "tax"))
    assert done.out.splitlines() == [str(folder / "tax" / "head"), str(folder / "tax" / "node")]
    assert "recovery" in done.err
    return folder / "tax"


@pytest.fixture
def member(office: Path, hutong: Run, tmp_path: Path) -> Path:
    """A liaison of that agency."""
    invitation = tmp_path / "invitation"
    invitation.write_text(hutong("contacts", "invitation", profile=office / "head").out)
    request = tmp_path / "me.request"
    hutong("key", "init", "--invitation", str(invitation), "--request", str(request), profile=tmp_path / "me")
    refused = hutong(
        "contacts",
        "nominate",
        str(request),
        "--name",
        "王建国",
        "--fingerprint",
        "0" * 8,
        profile=office / "head",
        code=5,
    )
    assert "HT-CLI-37" in refused.err
    words = ("contacts", "nominate", str(request), "--name", "王建国", "--post", "科长")
    assert "HT-CLI-44" in hutong(*words, profile=office / "head", code=2).err, "nobody compared it"
    fingerprint = Profile.open(tmp_path / "me").signing_key(PIN).keyid
    assert "HT-CLI-37" in hutong(*words, "--fingerprint", fingerprint[:7], profile=office / "head", code=5).err
    hutong(*words, "--fingerprint", fingerprint[:8], profile=office / "head")
    hutong("login", profile=tmp_path / "me")
    return tmp_path / "me"


def test_people_are_named_and_can_say_who_they_are(office: Path, member: Path, hutong: Run) -> None:
    me = hutong("whoami", "-o", "json", profile=member).json
    assert (me["agency"], me["agency_name"], me["name"], me["post"]) == ("tax", "Tax", "王建国", "科长")
    people = hutong("contacts", "list", "--agency", "tax", "-o", "json", profile=member).json["contacts"]
    assert people[0]["roles"] == ["head"] and people[0]["until"] is None
    (mine,) = [person for person in people if person["contact"] == me["contact"]]
    assert (mine["roles"], mine["signing_keys"]) == (["liaison"], [me["signing_key"]])
    assert "王建国" in hutong("contacts", "list", profile=member).out
    # Joining again after a crash binds what is missing, which is nothing.
    hutong("login", "--dir", str(office))

    refused = hutong("contacts", "withdraw", me["contact"], "--yes", profile=member, code=1)
    assert "HT-DIR-04" in refused.err
    assert "HT-CLI-40" in hutong("contacts", "withdraw", me["contact"], profile=office / "head", code=2).err
    hutong("contacts", "withdraw", me["contact"], "--dry-run", profile=office / "head")
    hutong("contacts", "withdraw", me["contact"], "--yes", profile=office / "head")
    assert "HT-TLS-12" in hutong("inbox", profile=member, code=4).err
    left = hutong("contacts", "list", "--agency", "tax", "--all", "-o", "json", profile=office / "head").json[
        "contacts"
    ]
    assert [person["in_force"] for person in left if person["contact"] == me["contact"]] == [False]


def test_a_head_changes_the_key_by_the_old_one(office: Path, hutong: Run) -> None:
    head = office / "head"
    old = Profile.open(head).signing_key(PIN).keyid
    hutong("key", "rotate", profile=head)
    new = hutong("whoami", "-o", "json", profile=head).json["signing_key"]
    assert new == Profile.open(head).signing_key(PIN).keyid != old
    assert not (head / "next.key").exists()
    for given in ("00000000", "f4a"):
        assert "HT-CLI-43" in hutong("key", "revoke", given, "--yes", profile=head, code=2).err


def test_everybody_else_changes_the_key_with_the_head(office: Path, member: Path, hutong: Run, tmp_path: Path) -> None:
    old = Profile.open(member).signing_key(PIN).keyid
    request = str(tmp_path / "new.request")
    assert "still in use" in hutong("key", "rotate", "--request", request, profile=member).err
    first = (tmp_path / "new.request").read_text()
    hutong("key", "rotate", "--request", request, profile=member)
    assert (tmp_path / "new.request").read_text().splitlines()[3] == first.splitlines()[3], "the same next key"
    assert "HT-CLI-44" in hutong("contacts", "bind", request, profile=office / "head", code=2).err
    fingerprint = json.loads((tmp_path / "new.request").read_text())["signing_spki"]
    read_out = keyid(bytes.fromhex(fingerprint))
    hutong("contacts", "bind", request, "--fingerprint", read_out, profile=office / "head")
    hutong("key", "rotate", profile=member)
    new = Profile.open(member).signing_key(PIN).keyid
    assert new != old and hutong("whoami", "-o", "json", profile=member).json["signing_key"] == new
    assert "HT-CLI-46" in hutong("key", "renew", profile=member, code=1).err, "not before half of its life"
    words = ("key", "revoke", new[:8], "--reason", "lost")
    assert "HT-CLI-40" in hutong(*words, profile=office / "head", code=2).err
    hutong(*words, "--dry-run", profile=office / "head")
    revoked = hutong(*words, "--yes", profile=office / "head")
    assert new in revoked.err
    words = ("contacts", "mandate", "--kind", "lead", "--source", "report", "--until", "2030-01-01")
    done = hutong(*words, profile=member, code=4)
    assert "HT-CLI-30" in done.err


def test_mandates(member: Path, hutong: Run) -> None:
    words = ("contacts", "mandate", "--source", "complaint", "--until", "2030-12-31")
    assert len(bytes.fromhex(hutong(*words, "--kind", "lead", profile=member).out.strip())) == 16
    shown = hutong(*words, "--kind", "lead", "--dry-run", profile=member)
    assert "until" in shown.out and "2031-01-01 00:00" in shown.out and "nothing was signed" in shown.err
    assert "every agency" in shown.out, "the directory is for all"
    assert "lead, supplement, inquiry_reply" in hutong(*words, "--kind", "return", profile=member, code=2).err
    late = ("contacts", "mandate", "--source", "complaint", "--kind", "lead", "--until")
    assert "HT-DIR-11" in hutong(*late, "2020-01-01", profile=member, code=1).err
    assert "HT-CLI-29" in hutong(*late, "tomorrow", profile=member, code=2).err


def test_the_pin_is_asked_for_only_where_somebody_can_answer(member: Path, hutong: Run) -> None:
    words = ("contacts", "mandate", "--kind", "lead", "--source", "complaint", "--until", "2030-12-31", "--no-input")
    hutong.environment["HUTONG_PIN"] = ""
    assert "HT-CLI-20" in hutong(*words, profile=member, code=4).err
    hutong.environment["HUTONG_PIN"] = "a wrong one"
    assert "HT-SIG-08" in hutong(*words, profile=member, code=None).err


def test_wrong_ways_to_begin(hutong: Run, tmp_path: Path) -> None:
    hutong.environment["HUTONG_PIN"] = ""
    assert "HT-CLI-20" in hutong("key", "init", "--out", str(tmp_path / "a"), code=4).err
    hutong.environment["HUTONG_PIN"] = "123"
    assert "HT-CLI-21" in hutong("key", "init", "--out", str(tmp_path / "a"), code=2).err
    assert not (tmp_path / "a").exists()
    assert "HT-CLI-35" in hutong("key", "init", code=2).err
    assert "HT-CLI-36" in hutong("login", "--dir", str(tmp_path / "b"), code=2).err
    assert "HT-TLS-01" in hutong("whoami", profile=tmp_path / "nobody", code=1).err
    (tmp_path / "ticket").write_text("hutong-ticket-1.abc.00000000")
    hutong.environment["HUTONG_PIN"] = PIN
    words = ("key", "init", "--invitation", str(tmp_path / "ticket"))
    assert "HT-ENR-03" in hutong(*words, profile=tmp_path / "me", code=2).err
    (tmp_path / "request").write_text('{"agency": "market"}')
    hutong("key", "init", "--out", str(tmp_path / "c"))
    assert "HT-CLI-31" in hutong("key", "init", "--out", str(tmp_path / "c"), code=7).err
