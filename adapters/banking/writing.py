"""Messages of ISO 20022 being written: nothing is cut to fit, and the schema has the last word."""

from __future__ import annotations

import base64
import re

from lxml import etree

from adapters.banking import documents
from hutong.errors import HutongError
from hutong.v1 import body_pb2

MEDIA_TYPE = "application/xml"
MAX_ID = 35

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Za-z0-9]{1,30}")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Writer:
    """Writes one message, named with its version ("auth.001.001.01")."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.space = documents.URN + message
        self.root = etree.Element(f"{{{self.space}}}Document", nsmap={None: self.space})

    def put(self, parent: etree._Element, name: str) -> etree._Element:
        """A new element at the end of ``parent``."""
        return etree.SubElement(parent, f"{{{self.space}}}{name}")

    def text(self, parent: etree._Element, name: str, value: str, limit: int = 0) -> etree._Element | None:
        """An element with ``value``; none at all for an empty one. HT-ADP-31 beyond ``limit`` characters, HT-ADP-32
        for what XML does not have."""
        value = value.strip()
        if not value:
            return None
        if limit and len(value) > limit:
            raise HutongError("HT-ADP-31", format=self.message, field=name, limit=limit)
        if _NOT_XML.search(value):
            raise HutongError("HT-ADP-32", field=name)
        element = self.put(parent, name)
        element.text = value
        return element

    def attribute(self, element: etree._Element, name: str, value: str) -> None:
        """HT-ADP-32 for what XML does not have."""
        if _NOT_XML.search(value):
            raise HutongError("HT-ADP-32", field=name)
        element.set(name, value.strip())

    def needed(self, field: str, value: str) -> str:
        """``value`` if there is something in it. HT-ADP-30."""
        if not value.strip():
            raise HutongError("HT-ADP-30", format=self.message, field=field)
        return value

    def own_account(self, parent: etree._Element, account: body_pb2.Account) -> None:
        """An account's number; what was not called an IBAN is none, whatever it looks like. HT-ADP-30."""
        if account.iban:
            self.account_id(parent, account.iban)
        else:
            self.text(self.put(parent, "Othr"), "Id", self.needed("account", account.other_id), 34)

    def account_id(self, parent: etree._Element, number: str) -> None:
        """``number`` as an IBAN if it looks like one, else as another number."""
        if _IBAN.fullmatch(number):
            self.text(parent, "IBAN", number)
        else:
            self.text(self.put(parent, "Othr"), "Id", number, 34)

    def servicer(self, parent: etree._Element, bic: str, name: str) -> None:
        """The bank that keeps an account; nothing if it is not known."""
        if bic or name:
            bank = self.put(self.put(parent, "Svcr"), "FinInstnId")
            self.text(bank, "BICFI", bic)
            self.text(bank, "Nm", name, 140)

    def finished(self) -> bytes:
        """The file, after its schema has accepted what a bank will read. HT-ADP-33."""
        data = etree.tostring(self.root, encoding="utf-8", xml_declaration=True, pretty_print=True)
        if found := documents.fault(self.message, etree.fromstring(data)):
            raise HutongError("HT-ADP-33", schema=self.message, where=found.where, rule=found.rule)
        return data


def own_id(message_id: bytes) -> str:
    """A message id in base 32: 26 characters, where 35 are allowed."""
    return base64.b32encode(message_id).decode().rstrip("=")
