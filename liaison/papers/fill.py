"""Protobuf messages from plain mappings: field names of the contract, short names for its values ("flash"), hex for
bytes. Strict: HT-CLI-27 names the field that is unknown or wrong, and never repeats what was written there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message

from hutong.catalogue import say
from hutong.errors import HutongError
from liaison import words
from liaison.papers.yaml import Plain

M = TypeVar("M", bound=Message)
_TRUTH = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
_INTEGERS = (
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
)


def fill(message: M, given: Plain, where: str) -> M:
    """``message`` with the fields of ``given`` (a mapping) set; ``where`` is its place in the paper."""
    if not isinstance(given, dict):
        raise wrong(where, "mapping")
    for name, value in given.items():
        place = f"{where}.{name}" if where else name
        field = message.DESCRIPTOR.fields_by_name.get(name)
        if field is None:
            raise unknown(place, message.DESCRIPTOR.fields_by_name)
        _set(message, field, value, place)
    return message


def _set(message: Message, field: Any, value: Plain, place: str) -> None:
    if not field.is_repeated:
        _one(message, field, value, place)
        return
    target: Any = getattr(message, field.name)
    for number, each in enumerate(_listed(value, place)):
        here = f"{place}[{number}]"
        if field.message_type is not None:
            fill(target.add(), each, here)
        else:
            target.append(_scalar(field, each, here))


def _one(message: Message, field: Any, value: Plain, place: str) -> None:
    if field.message_type is not None:
        child: Message = getattr(message, field.name)
        child.SetInParent()
        fill(child, value, place)
        return
    try:
        setattr(message, field.name, _scalar(field, value, place))
    except ValueError as error:
        raise wrong(place, "range") from error


def _listed(value: Plain, place: str) -> list[Plain]:
    """A list; one text alone stands for a list of one, nothing for an empty one."""
    if isinstance(value, dict):
        raise wrong(place, "list")
    return value if isinstance(value, list) else [value] if value.strip() else []


def _scalar(field: Any, value: Plain, place: str) -> Any:
    if not isinstance(value, str):
        raise wrong(place, "one")
    text = value.strip()
    if field.enum_type is not None:
        return words.parse(EnumTypeWrapper(field.enum_type), text, place) if text else 0
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return truth(text, place)
    if field.cpp_type in _INTEGERS:
        if not (text.isascii() and text.isdigit()):
            raise wrong(place, "whole")
        return int(text)
    if field.type == FieldDescriptor.TYPE_BYTES:
        try:
            return bytes.fromhex(text)
        except ValueError as error:
            raise wrong(place, "hex") from error
    return value


def fault(field: str, rule: str) -> HutongError:
    """HT-CLI-27: ``field`` of a paper, and what it must be, as a person reads it."""
    return HutongError("HT-CLI-27", field=field, rule=rule)


def wrong(field: str, key: str, **params: str) -> HutongError:
    """HT-CLI-27: ``field`` breaks the rule that the catalogue says under "rule.``key``"."""
    return fault(field, say(f"rule.{key}", None, **params))


def unknown(field: str, known: Iterable[str]) -> HutongError:
    """HT-CLI-27: there is no such field as ``field``, but ``known``."""
    return wrong(field, "unknown", known=", ".join(known))


def only(paper: dict[str, Plain], known: Sequence[str]) -> None:
    """HT-CLI-27 for a key of ``paper`` that is not one of ``known``."""
    for name in paper:
        if name not in known:
            raise unknown(name, known)


def text(paper: dict[str, Plain], name: str) -> str:
    """The text under ``name``; empty when it is not there."""
    value = paper.get(name, "")
    if not isinstance(value, str):
        raise wrong(name, "one")
    return value.strip()


def truth(value: str, place: str) -> bool:
    """yes or no, also as true, false, 是 and 否."""
    if value.lower() not in _TRUTH:
        raise wrong(place, "truth")
    return _TRUTH[value.lower()]
