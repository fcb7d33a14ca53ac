"""No free text in a header: tried on every string and bytes field that descriptors reach, and read off the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from buf.validate import validate_pb2
from hutong.contract import read_header
from hutong.directory.decide import decide
from hutong.directory.records import Agency, Contact, Directory, Key
from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2, options_pb2

TEXT = "Zhang San 13800138000"
LONG = TEXT + " lives in Chaoyang district, third floor on the left"
NOW = 1_790_000_000_000


def message_id(made: int) -> bytes:
    """A UUIDv7 of ``made``."""
    return (made << 80 | 0x7 << 76 | 0b10 << 62 | 1).to_bytes(16, "big")


KEY = SigningKey.generate()
Path = tuple[str, ...]
# Bounded by the contract, judged by the rules: test_what_a_key_carries_is_a_key below.
JUDGED_BY_RULES = {("key_bound", "spki"), ("key_bound", "possession")}


def text_fields(message: Descriptor, path: Path = ()) -> Iterator[tuple[Path, FieldDescriptor]]:
    for field in message.fields:
        here = (*path, field.name)
        if field.message_type is not None:
            yield from text_fields(field.message_type, here)
        elif field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
            yield here, field


FIELDS = sorted((path, field) for path, field in text_fields(header_pb2.Header.DESCRIPTOR))
NAMES = [".".join(path) for path, _ in FIELDS]


def header(kind: str = "lead") -> header_pb2.Header:
    made = header_pb2.Header(
        version=1,
        origin="hub.hutong.example/log",
        message_id=message_id(NOW),
        nonce=bytes(range(32)),
        sender=header_pb2.Sender(agency="market", contact="c" + "0" * 12),
        issued_at=NOW,
        expires_at=NOW + 1000,
        client_sequence=1,
        handling=codes_pb2.HANDLING_INTERNAL,
        urgency=codes_pb2.URGENCY_ROUTINE,
        purpose=codes_pb2.PURPOSE_COORDINATION,
        signers=[
            header_pb2.Signer(role=options_pb2.SIGNER_ROLE_OFFICER, keyid=KEY.keyid, algorithm=KEY.algorithm),
        ],
    )
    getattr(made, kind).SetInParent()
    return made


def rules_of(field: FieldDescriptor) -> Any:
    found = field.GetOptions().Extensions[validate_pb2.field]
    return found.repeated.items if found.WhichOneof("type") == "repeated" else found


def put(message: Any, path: Path, value: Any) -> None:
    """Set the field at ``path``, adding one element to each list on the way."""
    for name in path[:-1]:
        inner = getattr(message, name)
        message = inner.add() if hasattr(inner, "add") else inner
        message.SetInParent()
    last = getattr(message, path[-1])
    if hasattr(last, "append"):
        last.append(value)
    else:
        setattr(message, path[-1], value)


def test_the_walk_reaches_what_it_should() -> None:
    assert len(FIELDS) >= 48
    assert {path[0] for path, _ in FIELDS} >= set(kinds()) - {"acknowledged", "seen", "erased", "supplement"} - {
        kind for kind in kinds() if not any(True for _ in text_fields(getattr(header_pb2.Header(), kind).DESCRIPTOR))
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_text_field_of_a_header_is_constrained(name: str) -> None:
    field = dict(FIELDS)[tuple(name.split("."))]
    rules = rules_of(field)
    if field.type == FieldDescriptor.TYPE_STRING:
        pattern = rules.string.pattern
        assert pattern.startswith("^") and pattern.endswith("$"), "anchored"
        assert not any(loose in pattern for loose in (".*", ".+", r"\w", r"\s", " ")), pattern
    else:
        assert rules.bytes.HasField("len") or 0 < rules.bytes.max_len <= 200


@pytest.mark.parametrize("name", [name for name in NAMES if tuple(name.split(".")) not in JUDGED_BY_RULES])
@pytest.mark.parametrize("text", [TEXT, LONG, "张三 13800138000"])
def test_free_text_is_refused_wherever_it_is_put(name: str, text: str) -> None:
    path = tuple(name.split("."))
    made = header(path[0] if path[0] in kinds() else "lead")
    field = dict(FIELDS)[path]
    put(made, path, text if field.type == FieldDescriptor.TYPE_STRING else text.encode())
    with pytest.raises(HutongError) as caught:
        read_header(made.SerializeToString())
    assert caught.value.code == "HT-HDR-01"
    assert TEXT not in str(caught.value) and "13800138000" not in str(caught.value)


def test_the_headers_that_were_changed_are_in_order_otherwise() -> None:
    made = header()
    made.lead.source = codes_pb2.LEAD_SOURCE_COMPLAINT
    assert read_header(made.SerializeToString()) == made


@pytest.mark.parametrize(
    "use", [codes_pb2.KEY_USE_OPENING, codes_pb2.KEY_USE_OPENING_RECOVERY, codes_pb2.KEY_USE_OFFICER]
)
def test_what_a_key_carries_is_a_key(use: int) -> None:
    contact = Contact("c" + "0" * 12, "market", (codes_pb2.CONTACT_ROLE_HEAD,), (), 0, 1 << 62, 0)
    agency = Agency("market", 1, 1, "100000", "", (), contact.id, KEY.keyid, 0)
    held = Key(KEY.keyid, "market", contact.id, codes_pb2.KEY_USE_OFFICER, KEY.algorithm, KEY.spki, 0, 1 << 60, "", 1)
    directory = Directory().with_records([agency, contact, held])
    opening = use != codes_pb2.KEY_USE_OFFICER
    from hutong.sealing.keys import OpeningKey

    right = OpeningKey.generate().spki if opening else SigningKey.generate().spki
    for spki, possession in (
        (LONG.encode(), b""),
        (right, TEXT.encode()),
        (bytes(44), b""),
        (right[:-32] + bytes(32), b""),
    ):
        made = header("key_bound")
        made.key_bound.CopyFrom(
            kinds_pb2.KeyBound(
                holder="" if opening else contact.id,
                use=use,  # type: ignore[arg-type]
                algorithm=codes_pb2.ALGORITHM_X25519 if opening else codes_pb2.ALGORITHM_ED25519,
                spki=spki,
                possession=possession,
                not_before=NOW,
                not_after=NOW + 1,
            )
        )
        read_header(made.SerializeToString())
        with pytest.raises(HutongError) as caught:
            decide(directory, made, 5, NOW)
        assert caught.value.code in ("HT-SIG-06", "HT-SIG-07", "HT-DIR-09", "HT-DIR-10")


@pytest.mark.parametrize("made", [message_id(NOW - 32 * 86_400_000), message_id(NOW + 32 * 86_400_000), b"h" * 16])
def test_an_id_is_of_its_time_unless_the_hub_derived_it(made: bytes) -> None:
    one = header("acknowledged")
    one.message_id = made
    with pytest.raises(HutongError) as refused:
        read_header(one.SerializeToString())
    assert (refused.value.code, refused.value.params["field"]) == ("HT-HDR-01", "message_id")
    assert read_header(one.SerializeToString(), by_hub=True) == one
