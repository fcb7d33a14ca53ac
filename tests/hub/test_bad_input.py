"""Everything that may be wrong with a submission, against a real hub: a code, a reason, a next step; the rest goes on.

``logged`` says whether the refusal is an entry: only what is authentic (TLS identity and signatures hold) is.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import grpc
import pytest

from hutong.client.joining import now_ms
from hutong.client.refusals import Refused, from_call
from hutong.client.writing import Letter, To
from hutong.errors import HutongError
from hutong.identifiers.ids import hub_statement_id, new_message_id
from hutong.sealing.keys import OpeningKey, wrap_key, wraps_digest
from hutong.sealing.tokens import make_tokens, tokens_digest
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import (
    body_pb2,
    codes_pb2,
    directory_pb2,
    envelope_pb2,
    header_pb2,
    kinds_pb2,
    options_pb2,
)
from rules.hub_statements import step_cause
from tests.worlds import lead_letter

DAY = 86_400_000
Make = Callable[[Any], Awaitable[envelope_pb2.Submission]]
CASES: dict[str, tuple[str, bool, Make]] = {}


def case(code: str, *, logged: bool) -> Callable[[Make], Make]:
    def register(make: Make) -> Make:
        CASES[make.__name__] = (code, logged, make)
        return make

    return register


def sign(header: header_pb2.Header, *keys: Any) -> envelope_pb2.Submission:
    return envelope_pb2.Submission(envelope=dsse.sign(header.SerializeToString(), keys))


# Signatures


@case("HT-ENV-03", logged=False)
async def without_signatures(crowd: Any) -> Any:
    return await crowd.lead(keys=[])


@case("HT-SIG-01", logged=False)
async def signed_by_another_key_than_named(crowd: Any) -> Any:
    made = await crowd.lead()
    other = dsse.sign(made.envelope.payload, [SigningKey.generate()])
    del made.envelope.signatures[:]
    named = header_pb2.Header.FromString(made.envelope.payload)
    named.signers.add(
        role=options_pb2.SIGNER_ROLE_OFFICER, keyid=SigningKey.generate().keyid, algorithm=codes_pb2.ALGORITHM_ED25519
    )
    signed = dsse.sign(named.SerializeToString(), [crowd.market.liaison.key])
    assert other.payload != signed.payload
    made.envelope.CopyFrom(signed)
    return made


@case("HT-SIG-03", logged=False)
async def wrongly_signed(crowd: Any) -> Any:
    made = await crowd.lead()
    signature = made.envelope.signatures[0]
    signature.sig = signature.sig[:-1] + bytes([signature.sig[-1] ^ 1])
    return made


@case("HT-SIG-03", logged=False)
async def changed_after_signing(crowd: Any) -> Any:
    made = await crowd.lead()
    header = header_pb2.Header.FromString(made.envelope.payload)
    header.client_sequence += 1
    made.envelope.payload = header.SerializeToString()
    return made


@case("HT-SIG-02", logged=False)
async def surplus_signature(crowd: Any) -> Any:
    return await crowd.lead(keys=[crowd.market.liaison.key, crowd.market.head.key])


@case("HT-SIG-02", logged=False)
async def the_same_signature_twice(crowd: Any) -> Any:
    return await crowd.lead(keys=[crowd.market.liaison.key] * 2)


@case("HT-SIG-04", logged=False)
async def key_that_nobody_bound(crowd: Any) -> Any:
    key = SigningKey.generate()

    def change(header: header_pb2.Header) -> None:
        header.signers[0].keyid = key.keyid

    return await crowd.lead(change, [key])


@case("HT-SIG-04", logged=False)
async def key_of_another_agency(crowd: Any) -> Any:
    key = crowd.police.liaison.key

    def change(header: header_pb2.Header) -> None:
        header.signers[0].keyid = key.keyid

    return await crowd.lead(change, [key])


@case("HT-SIG-04", logged=False)
async def tls_key_as_signer(crowd: Any) -> Any:
    key = crowd.market.liaison.profile.tls_key()

    def change(header: header_pb2.Header) -> None:
        header.signers[0].keyid, header.signers[0].algorithm = key.keyid, key.algorithm

    return await crowd.lead(change, [key])


@case("HT-SIG-06", logged=False)
async def another_algorithm_than_the_key_has(crowd: Any) -> Any:
    def change(header: header_pb2.Header) -> None:
        header.signers[0].algorithm = codes_pb2.ALGORITHM_ECDSA_P256

    return await crowd.lead(change)


@case("HT-SIG-05", logged=True)
async def key_of_a_colleague(crowd: Any) -> Any:
    key = crowd.market.head.key

    def change(header: header_pb2.Header) -> None:
        header.signers[0].keyid = key.keyid

    return await crowd.lead(change, [key])


@case("HT-SIG-05", logged=True)
async def officers_role_with_the_systems_key(crowd: Any) -> Any:
    key = crowd.market.node.signing_key()

    def change(header: header_pb2.Header) -> None:
        header.signers[0].keyid = key.keyid

    return await crowd.lead(change, [key])


@case("HT-DIR-14", logged=True)
async def system_without_a_mandate(crowd: Any) -> Any:
    key = crowd.market.node.signing_key()

    def change(header: header_pb2.Header) -> None:
        header.signers[0].keyid, header.signers[0].role = key.keyid, options_pb2.SIGNER_ROLE_AGENCY_SYSTEM

    return await crowd.lead(change, [key])


@case("HT-SIG-05", logged=False)
async def officer_in_a_batch(crowd: Any) -> Any:
    made = await crowd.lead()
    (envelope,) = dsse.sign_batch(
        [made.envelope.payload],
        origin=crowd.market.node.origin,
        agency="market",
        key=crowd.market.liaison.key,
    )
    made.envelope.CopyFrom(envelope)
    return made


@case("HT-SIG-05", logged=False)
async def in_the_hubs_role(crowd: Any) -> Any:
    def change(header: header_pb2.Header) -> None:
        header.signers[0].role = options_pb2.SIGNER_ROLE_HUB

    return await crowd.lead(change)


def hub_only(name: str, facts: Any) -> None:
    async def make(crowd: Any) -> Any:
        made = await crowd.world.lead()
        header = header_pb2.Header.FromString(made.envelope.payload)
        for field in ("ciphertext_sha256", "wraps_sha256", "commitment", "facts", "recipients", "lead"):
            header.ClearField(field)
        header.in_reply_to = header.item_id = new_message_id()
        getattr(header, name).CopyFrom(facts)
        submission = sign(header, crowd.market.liaison.key)
        if name == "agency_registered":
            submission.disclosure.salt, submission.disclosure.card = b"s" * 32, b"\n\x01a"
            header.disclosed_sha256 = sha256(b"hutong/disclosed/v1\x00" + b"s" * 32 + b"\n\x01a").digest()
            submission.envelope.CopyFrom(dsse.sign(header.SerializeToString(), [crowd.market.liaison.key]))
        return submission

    CASES[f"hub_only_kind_{name}"] = ("HT-SIG-05", False, make)


hub_only(
    "non_response",
    kinds_pb2.NonResponse(form=1, agency="police", owner="c" + "0" * 12, available_at=1, due_at=2),
)
hub_only("erased", kinds_pb2.Erased(reason=codes_pb2.ERASURE_REASON_RECALLED))
hub_only(
    "agency_registered",
    kinds_pb2.AgencyRegistered(
        agency="mine", type=1, level=1, region="100000", head_contact="c" + "0" * 12, head_keyid="0" * 64
    ),
)


# Whose it is


@case("HT-TLS-13", logged=False)
async def for_another_agency(crowd: Any) -> Any:
    return await crowd.lead(lambda header: setattr(header.sender, "agency", "police"))


@case("HT-TLS-13", logged=False)
async def officers_certificate_with_a_colleagues_statement(crowd: Any) -> Any:
    return await crowd.world.write(lead_letter(), crowd.market.officer(crowd.market.head), crowd.market.head.profile)


# Time


@case("HT-TIM-02", logged=True)
async def expired(crowd: Any) -> Any:
    def change(header: header_pb2.Header) -> None:
        header.issued_at, header.expires_at = header.issued_at - 8 * DAY, header.issued_at - DAY

    return await crowd.lead(change)


@case("HT-TIM-01", logged=True)
async def from_the_future(crowd: Any) -> Any:
    return await crowd.world.lead_at(now_ms() + 400_000)


@case("HT-HDR-01", logged=False)
async def good_for_longer_than_thirty_days(crowd: Any) -> Any:
    return await crowd.lead(lambda header: setattr(header, "expires_at", header.issued_at + 30 * DAY + 1))


@case("HT-HDR-01", logged=False)
async def over_before_it_began(crowd: Any) -> Any:
    return await crowd.lead(lambda header: setattr(header, "expires_at", header.issued_at))


# Size and shape


@case("HT-ENV-03", logged=False)
async def payload_of_more_than_48_kib(crowd: Any) -> Any:
    made = await crowd.lead()
    made.envelope.payload += bytes(49153 - len(made.envelope.payload))
    return made


@case("HT-ENV-03", logged=False)
async def ciphertext_of_more_than_4_mib(crowd: Any) -> Any:
    made = await crowd.lead()
    made.sealed.ciphertext += bytes(4194305 - len(made.sealed.ciphertext))
    return made


@case("HT-ENV-03", logged=False)
async def no_envelope(crowd: Any) -> Any:
    return envelope_pb2.Submission()


@case("HT-ENV-03", logged=False)
async def another_payload_type(crowd: Any) -> Any:
    made = await crowd.lead()
    made.envelope.payload_type = "application/vnd.hutong.receipt.v1+protobuf"
    return made


@case("HT-ENV-02", logged=False)
async def payload_that_is_no_protobuf(crowd: Any) -> Any:
    made = await crowd.lead()
    made.envelope.CopyFrom(dsse.sign(b"\xff" * 40, [crowd.market.liaison.key]))
    return made


async def altered(crowd: Any, change: Callable[[bytes], bytes]) -> Any:
    """The payload's bytes changed before signing."""
    made = await crowd.lead()
    made.envelope.CopyFrom(dsse.sign(change(made.envelope.payload), [crowd.market.liaison.key]))
    return made


@case("HT-HDR-04", logged=False)
async def unknown_kind(crowd: Any) -> Any:
    def change(header: header_pb2.Header) -> None:
        header.ClearField("lead")

    made = await crowd.lead(change)
    payload = made.envelope.payload + b"\xba\x3f\x02\x08\x01"  # field 999: {1: 1}
    made.envelope.CopyFrom(dsse.sign(payload, [crowd.market.liaison.key]))
    return made


@case("HT-HDR-02", logged=False)
async def unknown_field_in_the_header(crowd: Any) -> Any:
    return await altered(crowd, lambda payload: payload + b"\xc2\x3e\x0bZhang San 1")


@case("HT-HDR-02", logged=False)
async def unknown_field_inside_a_part_of_the_header(crowd: Any) -> Any:
    sender, longer = b"\x2a\x17\x0a\x06market", b"\x2a\x1a\x7a\x01x\x0a\x06market"
    return await altered(crowd, lambda payload: payload.replace(sender, longer))


@case("HT-HDR-02", logged=False)
async def unknown_field_beside_the_envelope(crowd: Any) -> Any:
    made = await crowd.lead()
    made.MergeFromString(b"\x7a\x03abc")
    return made


@case("HT-HDR-02", logged=False)
async def field_given_twice(crowd: Any) -> Any:
    return await altered(crowd, lambda payload: b"\x12\x0bzhang/san-1" + payload)


@case("HT-HDR-02", logged=False)
async def overlong_number(crowd: Any) -> Any:
    return await altered(crowd, lambda payload: b"\x08\x81\x00" + payload.removeprefix(b"\x08\x01"))


@case("HT-HDR-02", logged=False)
async def zero_spelt_out(crowd: Any) -> Any:
    return await altered(crowd, lambda payload: b"\x08\x00" + payload)


@case("HT-HDR-02", logged=False)
async def yes_said_with_another_number_than_one(crowd: Any) -> Any:
    made = await crowd.lead(lambda header: setattr(header.facts, "drill", True))
    payload = made.envelope.payload.replace(b"\x22\x01\x01\x40\x01", b"\x22\x01\x01\x40\x5a")
    assert payload != made.envelope.payload
    made.envelope.CopyFrom(dsse.sign(payload, [crowd.market.liaison.key]))
    return made


@case("HT-HDR-02", logged=False)
async def byte_saved_in_a_list_and_spent_on_padding(crowd: Any) -> Any:
    """An unpacked list of one is a byte shorter than a packed one; the overlong number beside it makes up for it."""

    def change(payload: bytes) -> bytes:
        changed = payload.replace(b"\x22\x01\x01", b"\x20\x81\x00")
        assert changed != payload and len(changed) == len(payload)
        assert header_pb2.Header.FromString(changed) == header_pb2.Header.FromString(payload)
        return changed

    return await altered(crowd, change)


@case("HT-HDR-05", logged=False)
async def for_another_log(crowd: Any) -> Any:
    return await crowd.lead(lambda header: setattr(header, "origin", "elsewhere.example/log"))


@case("HT-HDR-01", logged=False)
async def sequence_beyond_what_a_database_counts(crowd: Any) -> Any:
    return await crowd.lead(lambda header: setattr(header, "client_sequence", (1 << 64) - 1))


@case("HT-HDR-01", logged=False)
async def id_that_is_no_uuid7(crowd: Any) -> Any:
    return await crowd.world.lead(message_id=b"ZhangSan 1380013")


@case("HT-HDR-01", logged=False)
async def id_that_the_hub_itself_will_need(crowd: Any) -> Any:
    """Whoever could use the id of the coming NonResponse up would silence it."""
    opened = await crowd.submit(await crowd.lead())
    cause = step_cause(opened.entry.message_id, "police", 0)
    return await crowd.world.lead(message_id=hub_statement_id(crowd.market.node.origin, cause, 0))


@case("HT-HDR-01", logged=False)
async def id_from_another_time_than_the_statement(crowd: Any) -> Any:
    return await crowd.world.lead(message_id=(1).to_bytes(6, "big") + new_message_id()[6:])


# Parts


@case("HT-HDR-06", logged=False)
async def body_missing(crowd: Any) -> Any:
    made = await crowd.lead()
    made.ClearField("sealed")
    return made


@case("HT-HDR-06", logged=False)
async def body_where_none_belongs(crowd: Any) -> Any:
    said = kinds_pb2.StandingMandate(kinds=[100], source=codes_pb2.LEAD_SOURCE_COMPLAINT, until=now_ms() + DAY)
    body = body_pb2.Body(lead=body_pb2.LeadBody(title="t"))
    letter = Letter("standing_mandate", said, body=body, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
    return await crowd.world.write(letter, crowd.market.officer(), crowd.market.liaison.profile)


@case("HT-HDR-06", logged=False)
async def ciphertext_exchanged(crowd: Any) -> Any:
    made, other = await crowd.lead(), await crowd.lead()
    made.sealed.CopyFrom(other.sealed)
    return made


@case("HT-HDR-06", logged=False)
async def wraps_exchanged(crowd: Any) -> Any:
    made = await crowd.lead()
    made.sealed.wraps[0].wrapped, made.sealed.wraps[1].wrapped = (w.wrapped for w in reversed(made.sealed.wraps[:2]))
    return made


@case("HT-HDR-06", logged=False)
async def commitment_missing(crowd: Any) -> Any:
    return await crowd.lead(lambda header: header.ClearField("commitment"))


async def rewrapped(crowd: Any, change: Callable[[Any], None]) -> Any:
    made = await crowd.lead()
    change(made.sealed)
    return crowd.resigned(made, lambda header: setattr(header, "wraps_sha256", wraps_digest(made.sealed.wraps)))


@case("HT-SEA-03", logged=True)
async def wrap_missing(crowd: Any) -> Any:
    def change(sealed: Any) -> None:
        del sealed.wraps[1]

    return await rewrapped(crowd, change)


@case("HT-SEA-03", logged=True)
async def senders_own_wrap_missing(crowd: Any) -> Any:
    def change(sealed: Any) -> None:
        del sealed.wraps[2]

    return await rewrapped(crowd, change)


@case("HT-SEA-03", logged=True)
async def wrap_too_many(crowd: Any) -> Any:
    key = crowd.banking.node.opening_key().for_agency("banking")

    def change(sealed: Any) -> None:
        sealed.wraps.append(wrap_key(b"k" * 32, key, origin="o", message_id=b"m" * 16))

    return await rewrapped(crowd, change)


@case("HT-SEA-03", logged=True)
async def wrap_for_a_key_that_nobody_bound(crowd: Any) -> Any:
    key = OpeningKey.generate().for_agency("police")

    def change(sealed: Any) -> None:
        sealed.wraps[0].CopyFrom(wrap_key(b"k" * 32, key, origin="o", message_id=b"m" * 16))

    return await rewrapped(crowd, change)


@case("HT-SEA-03", logged=True)
async def recovery_key_where_the_active_one_belongs(crowd: Any) -> Any:
    def change(sealed: Any) -> None:
        sealed.wraps[0].CopyFrom(sealed.wraps[1])

    return await rewrapped(crowd, change)


def with_tokens(submission: Any) -> Any:
    submission.tokens.CopyFrom(make_tokens([secrets.token_bytes(32)]))
    return submission


@case("HT-HDR-06", logged=False)
async def tokens_without_an_item(crowd: Any) -> Any:
    said = kinds_pb2.StandingMandate(kinds=[100], source=codes_pb2.LEAD_SOURCE_COMPLAINT, until=now_ms() + DAY)
    letter = Letter("standing_mandate", said, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
    made = await crowd.world.write(letter, crowd.market.officer(), crowd.market.liaison.profile)
    with_tokens(made)
    return crowd.resigned(made, lambda header: setattr(header, "tokens_sha256", tokens_digest(made.tokens)))


@case("HT-HDR-06", logged=False)
async def tokens_that_the_header_does_not_name(crowd: Any) -> Any:
    return with_tokens(await crowd.lead())


@case("HT-HDR-06", logged=False)
async def tokens_that_are_not_filled_up(crowd: Any) -> Any:
    made = with_tokens(await crowd.lead())
    del made.tokens.tokens[7:]
    return crowd.resigned(made, lambda header: setattr(header, "tokens_sha256", tokens_digest(made.tokens)))


async def nomination(crowd: Any, card: bytes) -> Any:
    said = kinds_pb2.ContactNominated(
        contact="c" + secrets.token_hex(6),
        roles=[codes_pb2.CONTACT_ROLE_LIAISON],
        term_from=now_ms(),
        term_to=now_ms() + DAY,
    )
    letter = Letter("contact_nominated", said, card=card, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
    return await crowd.world.write(letter, crowd.market.officer(), crowd.market.liaison.profile)


@case("HT-HDR-06", logged=False)
async def disclosure_missing(crowd: Any) -> Any:
    return await nomination(crowd, b"")


@case("HT-HDR-06", logged=False)
async def disclosure_where_none_belongs(crowd: Any) -> Any:
    card = directory_pb2.ContactCard(name="n").SerializeToString()
    made, other = await crowd.lead(), await nomination(crowd, card)
    made.disclosure.CopyFrom(other.disclosure)
    digest = header_pb2.Header.FromString(other.envelope.payload).disclosed_sha256
    return crowd.resigned(made, lambda header: setattr(header, "disclosed_sha256", digest))


@case("HT-ENV-03", logged=False)
async def disclosure_that_is_no_card(crowd: Any) -> Any:
    return await nomination(crowd, b"Zhang San 13800138000")


@case("HT-ENV-03", logged=False)
async def disclosure_with_more_than_a_card(crowd: Any) -> Any:
    return await nomination(crowd, directory_pb2.ContactCard(name="n").SerializeToString() + b"\x7a\x03abc")


@case("HT-ENV-03", logged=False)
async def card_that_moves_the_terminal(crowd: Any) -> Any:
    return await nomination(crowd, directory_pb2.ContactCard(name="n\x1b[2J").SerializeToString())


@case("HT-HDR-01", logged=False)
async def term_beyond_the_calendar(crowd: Any) -> Any:
    submission = await nomination(crowd, directory_pb2.ContactCard(name="n").SerializeToString())
    return crowd.resigned(submission, lambda header: setattr(header.contact_nominated, "term_to", 1 << 61))


@case("HT-DIR-04", logged=True)
async def nomination_by_somebody_who_is_not_the_head(crowd: Any) -> Any:
    return await nomination(crowd, directory_pb2.ContactCard(name="n").SerializeToString())


@case("HT-ATT-12", logged=False)
async def attachment_that_was_not_uploaded(crowd: Any) -> Any:
    ref = header_pb2.AttachmentRef(address=b"a" * 32, size=64)
    return await crowd.world.lead(attachments=[ref])


# Permission and rules


async def inquiry(crowd: Any, to: str, ask: int, **more: Any) -> Any:
    facts = kinds_pb2.Inquiry(
        ask=codes_pb2.AskType.ValueType(ask), subjects=[kinds_pb2.SubjectCount(role=1, count=1)], **more
    )
    body = body_pb2.Body(inquiry=body_pb2.InquiryBody())
    letter = Letter("inquiry", facts, to=[To(to)], body=body, legal_basis=["PSR-2005-14"])
    return await crowd.world.write(letter, crowd.market.officer(), crowd.market.liaison.profile)


def approval() -> kinds_pb2.Approval:
    return kinds_pb2.Approval(level=codes_pb2.LEVEL_NATION, approved_on="2026-10-12", document_sha256=b"d" * 32)


@case("HT-HDR-01", logged=False)
async def account_inquiry_without_approval(crowd: Any) -> Any:
    return await inquiry(crowd, "banking", codes_pb2.ASK_TYPE_ACCOUNT)


@case("HT-PRM-03", logged=True)
async def account_inquiry_to_another_than_the_bank_regulator(crowd: Any) -> Any:
    return await inquiry(crowd, "police", codes_pb2.ASK_TYPE_ACCOUNT, approval=approval())


@case("HT-PRM-03", logged=True)
async def subscriber_inquiry_by_another_than_the_police(crowd: Any) -> Any:
    return await inquiry(crowd, "banking", codes_pb2.ASK_TYPE_SUBSCRIBER)


@case("HT-PRM-03", logged=True)
async def lead_to_a_platform(crowd: Any) -> Any:
    return await crowd.world.lead(to=[To("shop")])


@case("HT-DIR-01", logged=True)
async def lead_to_an_agency_that_does_not_exist(crowd: Any) -> Any:
    def change(header: header_pb2.Header) -> None:
        header.recipients[0].agency = "zhang-san-13800138000"
        header.recipients[0].contact = "c138001380000"

    return await crowd.lead(change)


@case("HT-DIR-03", logged=True)
async def lead_to_a_contact_that_does_not_exist(crowd: Any) -> Any:
    return await crowd.lead(lambda header: setattr(header.recipients[0], "contact", "c138001380000"))


@case("HT-HDR-01", logged=True)
async def lead_to_nobody(crowd: Any) -> Any:
    def change(header: header_pb2.Header) -> None:
        del header.recipients[:]

    made = await crowd.lead(change)
    del made.sealed.wraps[:2]
    return crowd.resigned(made, lambda header: setattr(header, "wraps_sha256", wraps_digest(made.sealed.wraps)))


@case("HT-HDR-01", logged=True)
async def lead_without_an_offence(crowd: Any) -> Any:
    return await crowd.world.lead(common=header_pb2.CommonFacts())


@case("HT-HDR-01", logged=True)
async def article_that_no_law_has(crowd: Any) -> Any:
    return await crowd.world.lead(legal_basis=["PSR-2005-31"])


async def mandate(crowd: Any, **more: Any) -> Any:
    said = kinds_pb2.StandingMandate(kinds=[100], source=codes_pb2.LEAD_SOURCE_COMPLAINT, until=now_ms() + DAY)
    letter = Letter("standing_mandate", said, purpose=codes_pb2.PURPOSE_ADMINISTRATION, **more)
    return await crowd.world.write(letter, crowd.market.officer(), crowd.market.liaison.profile)


@case("HT-HDR-01", logged=True)
async def directory_statement_addressed_to_somebody(crowd: Any) -> Any:
    return await mandate(crowd, to=[To("market", "c138001380000")])


@case("HT-HDR-01", logged=True)
async def law_that_nobody_knows_in_a_directory_statement(crowd: Any) -> Any:
    return await mandate(crowd, legal_basis=["ZHANGSAN-1380-13"])


@case("HT-DTY-01", logged=True)
async def supplement_to_an_item_that_does_not_exist(crowd: Any) -> Any:
    body = body_pb2.Body(note=body_pb2.NoteBody(text="t"))
    letter = Letter("supplement", kinds_pb2.Supplement(), to=[To("police")], body=body, item=new_message_id())
    return await crowd.world.write(letter, crowd.market.officer(), crowd.market.liaison.profile)


def explained(error: HutongError) -> None:
    """What, why and next stand there in both languages, with every parameter filled in."""
    for lang in ("zh", "en"):
        said = error.sentences(lang)  # type: ignore[arg-type]
        for sentence in (said.what, said.why, said.next):
            assert sentence and "{" not in sentence and "?" not in sentence, (error.code, lang, sentence)
    assert error.trace_id


@pytest.mark.parametrize("name", sorted(CASES))
def test_bad_input_is_refused_and_the_rest_goes_on(crowd: Any, name: str) -> None:
    code, logged, make = CASES[name]

    async def story() -> None:
        submission = await make(crowd)
        before = crowd.size()
        error = await crowd.refused(submission)
        assert error.code == code, error
        explained(error)
        assert crowd.size() == before + logged
        assert (error.receipt is not None) == logged
        if logged:
            entry = header_entry(error)
            assert entry.refusal == code
            assert not {"zhang-san-13800138000", "c138001380000"} & {*entry.agencies, *entry.contacts}
            again = await crowd.refused(submission)
            assert again.code == code and again.receipt == error.receipt
            explained(again)
            assert crowd.size() == before + logged
        accepted = await crowd.submit(await crowd.lead())
        assert accepted.index == before + logged

    crowd.run(story())


def header_entry(error: Refused) -> Any:
    from hutong.v1 import entry_pb2

    assert error.receipt is not None
    return entry_pb2.Entry.FromString(error.receipt.entry)


def test_one_bad_statement_of_a_batch_leaves_the_others_alone(crowd: Any) -> None:
    async def story() -> None:
        good = [await crowd.lead() for _ in range(3)]
        bad = [await CASES[name][2](crowd) for name in sorted(CASES) if name != "ciphertext_of_more_than_4_mib"]
        mixed = [s for pair in zip(bad, (good * len(bad))[: len(bad)], strict=True) for s in pair]
        client = await crowd.world.client(crowd.market.liaison.profile)
        answers = await client.submit_batch(mixed)
        for answer, submission in zip(answers, mixed, strict=True):
            assert isinstance(answer, HutongError) == (submission not in good)

    crowd.run(story())


def test_a_platform_sends_no_lead(crowd: Any) -> None:
    async def story() -> None:
        made = await crowd.world.write(lead_letter(), crowd.platform.officer(), crowd.platform.liaison.profile)
        error = await crowd.refused(made, crowd.platform.liaison.profile)
        assert error.code == "HT-PRM-03" and error.receipt is not None

    crowd.run(story())


def test_the_same_bytes_get_the_same_receipt_and_other_bytes_are_a_logged_conflict(crowd: Any) -> None:
    async def story() -> None:
        made = await crowd.lead()
        first = await crowd.submit(made)
        size = crowd.size()
        assert (await crowd.submit(made)).receipt == first.receipt
        assert crowd.size() == size
        changed = crowd.resigned(made, lambda header: setattr(header, "client_sequence", 1_000_000))
        conflict = await crowd.refused(changed)
        assert conflict.code == "HT-IDN-01" and crowd.size() == size + 1
        assert header_entry(conflict).message_id == first.entry.message_id
        explained(conflict)
        client = await crowd.world.client(crowd.market.liaison.profile)
        from hutong.v1 import exchange_pb2

        kept = await client.exchange.GetReceipt(exchange_pb2.GetReceiptRequest(message_id=first.entry.message_id))
        assert kept.receipt == first.receipt

    crowd.run(story())


def test_repeats_and_conflicts_inside_one_batch(crowd: Any) -> None:
    async def story() -> None:
        made = await crowd.lead()
        changed = crowd.resigned(copy_of(made), lambda header: setattr(header, "client_sequence", 2_000_000))
        client = await crowd.world.client(crowd.market.liaison.profile)
        size = crowd.size()
        first, again, conflict, last = await client.submit_batch([made, made, changed, made])
        assert first.receipt == again.receipt == last.receipt
        assert conflict.code == "HT-IDN-01" and crowd.size() == size + 2

    crowd.run(story())


def copy_of(submission: envelope_pb2.Submission) -> envelope_pb2.Submission:
    other = envelope_pb2.Submission()
    other.CopyFrom(submission)
    return other


def test_an_ecdsa_statement_signed_again_is_the_same_statement(world: Any) -> None:
    async def story() -> None:
        key = SigningKey.generate(codes_pb2.ALGORITHM_ECDSA_P256)
        await bind_officer_key(world, key)
        client = await world.client(world.market.liaison.profile)
        author = world.market.officer()
        made = await world.write(
            lead_letter(), type(author)(author.origin, author.agency, author.contact, key), world.market.liaison.profile
        )
        first = await client.submit(made)
        once = made.envelope.signatures[0].sig
        made.envelope.CopyFrom(dsse.sign(made.envelope.payload, [key]))
        assert made.envelope.signatures[0].sig != once
        assert (await client.submit(made)).receipt == first.receipt
        world.hub.stop()
        world.hub.start()
        client = await world.reconnected(world.market.liaison.profile)
        made.envelope.CopyFrom(dsse.sign(made.envelope.payload, [key]))
        assert (await client.submit(made)).receipt == first.receipt

    world.run(story())


async def bind_officer_key(world: Any, key: SigningKey) -> None:
    from hutong.client import joining
    from hutong.signing import possession

    head, contact = world.market.head, world.market.liaison.contact
    use = codes_pb2.KEY_USE_OFFICER
    proof = possession.prove(key, origin=head.profile.origin, agency="market", holder=contact, use=use)
    bound = kinds_pb2.KeyBound(
        holder=contact,
        use=use,
        algorithm=key.algorithm,
        spki=key.spki,
        not_before=now_ms() - 1,
        not_after=now_ms() + DAY,
        possession=proof,
    )
    client = await world.client(head.profile)
    letter = Letter("key_bound", bound, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
    await joining.say(client, head.key, letter)


def test_signers_out_of_force_are_refused_but_old_statements_keep_their_receipts(world: Any) -> None:
    async def story() -> None:
        from hutong.client import joining

        liaison, head = world.market.liaison, world.market.head
        node = await world.client(world.market.node)
        old = await world.lead()
        first = await node.submit(old)
        head_client = await world.client(head.profile)
        revoked = kinds_pb2.KeyRevoked(keyid=liaison.key.keyid, reason=codes_pb2.REVOCATION_REASON_LOST)
        letter = Letter("key_revoked", revoked, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
        await joining.say(head_client, head.key, letter)
        late = await world.lead()
        with pytest.raises(Refused) as caught:
            await node.submit(late)
        assert caught.value.code == "HT-SIG-04" and caught.value.receipt is not None
        explained(caught.value)
        assert (await node.submit(old)).receipt == first.receipt
        gone = kinds_pb2.ContactWithdrawn(contact=liaison.contact)
        letter = Letter("contact_withdrawn", gone, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
        await joining.say(head_client, head.key, letter)
        with pytest.raises(Refused) as caught:
            await node.submit(await world.write(lead_letter(), world.market.officer(), world.market.node))
        assert caught.value.code == "HT-DIR-02" and caught.value.receipt is not None
        own = await world.client_as_is(liaison.profile)
        with pytest.raises(Refused) as caught:
            await own.submit(old)
        assert caught.value.code == "HT-TLS-12"
        assert (await node.submit(old)).receipt == first.receipt

    world.run(story())


def test_a_flood_of_refusals_is_cut_off_and_the_log_stops_growing(world: Any) -> None:
    async def story() -> None:
        client = await world.client(world.market.liaison.profile)
        bad = [await world.lead(common=header_pb2.CommonFacts()) for _ in range(150)]
        answers = await client.submit_batch(bad)
        codes = [answer.code for answer in answers if isinstance(answer, HutongError)]
        assert codes == ["HT-HDR-01"] * 120 + ["HT-QTA-01"] * 30
        assert all(answer.receipt is None for answer in answers[120:])
        good = await client.submit(await world.lead())
        assert good.index >= 120
        with pytest.raises(Refused) as caught:
            await client.submit(bad[-1])
        assert caught.value.code == "HT-QTA-01"
        explained(caught.value)
        forged = await world.lead()
        forged.envelope.signatures[0].sig = bytes(64)
        answers = await client.submit_batch([forged] * 150)
        assert {answer.code for answer in answers if isinstance(answer, HutongError)} == {"HT-SIG-03"}
        size = (await client.checkpoint()).text.split("\n")[1]
        answers = await client.submit_batch([forged] * 150)
        assert {answer.code for answer in answers if isinstance(answer, HutongError)} == {"HT-QTA-01"}
        assert (await client.checkpoint()).text.split("\n")[1] == size
        other = await world.client(world.police.liaison.profile)
        assert (await other.checkpoint()).text

    world.run(story())


def test_bytes_that_are_no_request_are_refused_in_our_own_words(crowd: Any) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.liaison.profile)
        channel: Any = client._channel
        for method in ("Submit", "SubmitBatch", "GetReceipt", "StatAttachment"):
            call = channel.unary_unary(f"/hutong.v1.Exchange/{method}")
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(b"\xff" * 20)
            assert from_call(caught.value).code == "HT-ENV-02", method
        stream = channel.stream_stream("/hutong.v1.Exchange/SubmitStream")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in stream(iter([b"\xff" * 20])):
                pass
        assert from_call(caught.value).code == "HT-ENV-02"

    crowd.run(story())


def test_a_message_beyond_the_channels_limit_harms_nobody(crowd: Any) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.liaison.profile)
        channel: Any = client._channel
        call = channel.unary_unary("/hutong.v1.Exchange/Submit")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(bytes(17 << 20))
        assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await crowd.submit(await crowd.lead())).index

    crowd.run(story())
