"""Messages of the contract as people read them: labels for fields, words for codes, names for agencies. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message

from hutong.catalogue import Lang, load, say
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from hutong.worktime.calendar import ZONE
from liaison import words

Line = tuple[str, str]
_ONE_LINE = frozenset({"Identifier", "IdentifierCount", "SubjectCount", "Money"})
"""Messages whose fields make sense side by side: "手机号 13800000000", "69800.00 CNY"."""
_COUNTED = frozenset({"items"})
"""Lists of ids that tell a person nothing: whoever shows them shows what they stand for."""
_DIGEST_DIGITS = 16
_CONTACT = re.compile(r"c[0-9a-f]{12}")


def lines(message: Message, names: Mapping[str, str], lang: Lang | None = None) -> Iterator[Line]:
    """Label and value of every field that is set, in the contract's order; ``names`` are agencies' names by code and
    people's by ``person(id)``."""
    for field, value in message.ListFields():
        label = _label(field, lang)
        if not field.is_repeated:
            yield from _lines(field, value, label, names, lang)
        elif field.name in _COUNTED:
            yield label, say("counted", lang, count=len(value))
        elif field.message_type is None:
            comma = say("list-comma", lang)
            yield label, comma.join(_value(field, each, names, lang) for each in value)
        else:
            for number, each in enumerate(value, 1):
                one = say("label.numbered", lang, label=label, number=number) if len(value) > 1 else label
                yield from _lines(field, each, one, names, lang)


def agency(code: str, names: Mapping[str, str], lang: Lang | None = None) -> str:
    """The agency's name with its code, which is what people type."""
    name = names.get(code, code)
    return code if name == code else say("agency-with-code", lang, name=name, code=code)


def person(contact: str) -> str:
    """Under which key ``names`` hold a person's name: no agency's code looks like it."""
    return f"@{contact}"


def contact(who: str, names: Mapping[str, str]) -> str:
    """The person's name, or office where no name is disclosed (``VerifiedDirectory.contact_name``)."""
    return names.get(person(who)) or (say("contact-unknown", id=who) if who else "")


def contact_with_id(who: str, names: Mapping[str, str], lang: Lang | None = None) -> str:
    """The name with the id beside it, for what is about to be signed: two people may bear one name, or one office.
    Empty for nobody."""
    if not who:
        return ""
    name = names.get(person(who))
    return say("contact-with-id", lang, name=name, id=who) if name else say("contact-unknown", lang, id=who)


def moment(milliseconds: int) -> str:
    """Date and time in China; "–" for never."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, ZONE).strftime("%Y-%m-%d %H:%M") if milliseconds else "–"


def stretch(opens: int, closes: int) -> str:
    """A stretch in minutes of the day as people write it: ``09:00-12:00``."""
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (opens, closes))


def _lines(field: Any, value: Any, label: str, names: Mapping[str, str], lang: Lang | None) -> Iterator[Line]:
    if field.message_type is None:
        yield label, _value(field, value, names, lang)
    elif isinstance(value, header_pb2.Recipient):
        role = words.word(codes_pb2.RecipientRole, value.role, lang)
        said = (role, agency(value.agency, names, lang), value.desk, contact_with_id(value.contact, names, lang))
        yield label, " ".join(each for each in said if each)
    elif isinstance(value, kinds_pb2.WorkingStretch):
        yield label, stretch(value.opens, value.closes)
    elif field.message_type.name in _ONE_LINE:
        yield label, " ".join(_value(each, part, names, lang) for each, part in value.ListFields())
    else:
        for inner, text in lines(value, names, lang):
            yield say("label.nested", lang, outer=label, inner=inner), text


def _value(field: Any, value: Any, names: Mapping[str, str], lang: Lang | None) -> str:
    if field.enum_type is not None:
        return words.word(EnumTypeWrapper(field.enum_type), value, lang)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return say("yes" if value else "no", lang)
    if field.cpp_type == FieldDescriptor.CPPTYPE_INT64:
        return moment(value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return f"{value.hex()[:_DIGEST_DIGITS]}…" if len(value) > _DIGEST_DIGITS else value.hex()
    if field.name == "agency":
        return agency(value, names, lang)
    if field.name == "kinds":
        return words.kind_word(value, lang)
    return contact_with_id(value, names, lang) if _CONTACT.fullmatch(str(value)) else str(value)


def _label(field: Any, lang: Lang | None) -> str:
    """What the field is called where it stands, or else wherever it stands."""
    for key in (f"label.{field.containing_type.name}.{field.name}", f"label.{field.name}"):
        if key in load("texts"):
            return say(key, lang)
    return str(field.name)
