"""The schema. Times are milliseconds since 1970 (UTC); ids and digests are raw bytes.

``entries``, ``tiles`` and ``batches`` are the log; ``statements`` is what its digests stand for; the rest is the
fold of the log and could be made again from it (``hutong audit replay`` does so), but for enrolment, certificates and
orders.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

FIRST = text("NOT conflict")
"""Rows that hold their id by right. Queries by id say it in these very words: a partial index serves no other."""
DUE = text("next_at > 0")
"""Obligations with a step to come; the words of the index that finds those that are due."""
MARKED = text("length(dedup_key) > 0")
"""Items that bear their sender's mark of the matter."""


def _big() -> Column[int]:
    return Column(BigInteger, nullable=False)


class EntryRow(SQLModel, table=True):
    """One leaf of the log, verbatim."""

    __tablename__ = "entries"
    index: int = Field(sa_column=Column("index", BigInteger, primary_key=True, autoincrement=False))
    entry: bytes


class TileRow(SQLModel, table=True):
    """One hash tile, full or the rightmost partial one of its level."""

    __tablename__ = "tiles"
    level: int = Field(primary_key=True)
    index: int = Field(sa_column=Column("index", BigInteger, primary_key=True, autoincrement=False))
    data: bytes


class BatchRow(SQLModel, table=True):
    """One commit: the tree's size and root after it, and the note signed for exactly these."""

    __tablename__ = "batches"
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: bytes
    note: str
    recorded_at: int = Field(sa_column=_big())


class StatementRow(SQLModel, table=True):
    """A statement as received. ``sealed``, ``tokens`` and ``disclosure`` go with an erasure; the rest stays."""

    __tablename__ = "statements"
    __table_args__ = (
        Index(
            "statements_message_id",
            "message_id",
            unique=True,
            sqlite_where=FIRST,
            postgresql_where=FIRST,
        ),
        Index("statements_item", "item"),
    )
    index: int = Field(sa_column=Column("index", BigInteger, primary_key=True, autoincrement=False))
    message_id: bytes
    digest: bytes
    kind: int
    agency: str
    contact: str
    item: bytes
    recipients: str
    recorded_at: int = Field(sa_column=_big())
    refusal: str = ""
    refusal_params: str = ""
    conflict: bool = False
    envelope: bytes
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    tokens: bytes | None = None
    disclosure: bytes | None = None
    erased: bool = False


class DeliveryRow(SQLModel, table=True):
    """Agency ``agency`` gets the statement at ``index``; index order is commit order."""

    __tablename__ = "deliveries"
    agency: str = Field(primary_key=True)
    index: int = Field(sa_column=Column("index", BigInteger, primary_key=True, autoincrement=False))


class AgencyRow(SQLModel, table=True):
    """rules: hutong.directory.records.Agency."""

    __tablename__ = "agencies"
    code: str = Field(primary_key=True)
    type: int
    level: int
    region: str
    parent: str
    desks: str
    head_contact: str
    head_keyid: str
    since: int = Field(sa_column=_big())
    mandated: bool = False


class ContactRow(SQLModel, table=True):
    """rules: hutong.directory.records.Contact."""

    __tablename__ = "contacts"
    id: str = Field(primary_key=True)
    agency: str = Field(index=True)
    roles: str
    desks: str
    term_from: int = Field(sa_column=_big())
    term_to: int = Field(sa_column=_big())
    order: int = Field(sa_column=_big())


class KeyRow(SQLModel, table=True):
    """rules: hutong.directory.records.Key."""

    __tablename__ = "bound_keys"
    keyid: str = Field(primary_key=True)
    agency: str = Field(index=True)
    holder: str
    use: int
    algorithm: int
    spki: bytes
    not_before: int = Field(sa_column=_big())
    not_after: int = Field(sa_column=_big())
    desk: str
    order: int = Field(sa_column=_big())
    revoked_at: int = Field(sa_column=_big())


class MandateRow(SQLModel, table=True):
    """rules: hutong.directory.records.Mandate."""

    __tablename__ = "mandates"
    id: bytes = Field(primary_key=True)
    agency: str
    contact: str
    kinds: str
    source: int
    until: int = Field(sa_column=_big())
    keyid: str = ""


class CalendarRow(SQLModel, table=True):
    """rules: hutong.directory.records.PublishedCalendar."""

    __tablename__ = "calendars"
    region: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    version: int
    off: str
    worked: str
    order: int = Field(sa_column=_big())


class HoursRow(SQLModel, table=True):
    """rules: hutong.directory.records.AgencyHours."""

    __tablename__ = "agency_hours"
    id: bytes = Field(primary_key=True)
    agency: str
    stretches: str
    valid_from: str
    valid_to: str
    season_from: str
    season_to: str
    order: int = Field(sa_column=_big())


class ItemRow(SQLModel, table=True):
    """rules: rules.records.Item."""

    __tablename__ = "items"
    __table_args__ = (Index("items_marked", "from_agency", "dedup_key", sqlite_where=MARKED, postgresql_where=MARKED),)
    id: bytes = Field(primary_key=True)
    kind: int
    from_agency: str = Field(index=True)
    from_contact: str
    urgency: int
    parties: str
    opened_at: int = Field(sa_column=_big())
    drill: bool
    dedup_key: bytes = b""


class ObligationRow(SQLModel, table=True):
    """rules: rules.records.Obligation."""

    __tablename__ = "obligations"
    __table_args__ = (
        Index("obligations_agency", "agency", "state"),
        Index("obligations_owner", "owner", "state"),
        Index("obligations_next", "next_at", sqlite_where=DUE, postgresql_where=DUE),
    )
    item: bytes = Field(primary_key=True)
    agency: str = Field(primary_key=True)
    owner: str
    state: int
    available_at: int = Field(sa_column=_big())
    acknowledge_by: int = Field(sa_column=_big())
    delivered_at: int = Field(sa_column=_big())
    seen_at: int = Field(sa_column=_big())
    acknowledged_at: int = Field(sa_column=_big())
    closed_at: int = Field(sa_column=_big())
    outcome: int
    returned_for: int
    non_response: bool
    complete_by: int = Field(default=0, sa_column=_big())
    complete_rule: str = ""
    received_at: int = Field(default=0, sa_column=_big())
    received_on: str = ""
    attention: str = "[]"
    attention_by: int = Field(default=0, sa_column=_big())
    attention_at: int = Field(default=0, sa_column=_big())
    completion: str = "[]"
    completion_at: int = Field(default=0, sa_column=_big())
    forced: str = "[]"
    forced_at: int = Field(default=0, sa_column=_big())
    next_at: int = Field(default=0, sa_column=_big())
    steps: int = 0
    held_until: int = Field(default=0, sa_column=_big())
    holds: int = 0
    extension_until: int = Field(default=0, sa_column=_big())
    extension_request: bytes = b""
    extension_stage: int = 0
    extension_since: int = Field(default=0, sa_column=_big())
    extension_asked_by: str = ""
    extensions: int = 0
    overran_at: int = Field(default=0, sa_column=_big())
    redirected_to: str = ""
    redirected_from: str = ""
    reported_at: int = Field(default=0, sa_column=_big())
    answer_seen_at: int = Field(default=0, sa_column=_big())
    review_from: int = Field(default=0, sa_column=_big())
    sent_back: int = 0
    forced_by_others: int = 0
    pushed_at: int = Field(default=0, sa_column=_big())
    moved: int = 0
    breach: bool = False
    red: bool = False


class StepClaimRow(SQLModel, table=True):
    """A hub node that is about to say step ``step`` of an obligation; another may once the lease is over.

    No part of the state: what has been said stands in the log, under an id that is used once.
    """

    __tablename__ = "step_claims"
    item: bytes = Field(primary_key=True)
    agency: str = Field(primary_key=True)
    step: int = Field(primary_key=True)
    node: str
    lease_until: int = Field(sa_column=_big())


class HandoverRow(SQLModel, table=True):
    """rules: rules.records.Handover."""

    __tablename__ = "handovers"
    __table_args__ = (Index("handovers_agency", "agency", "answered_at"),)
    id: bytes = Field(primary_key=True)
    agency: str
    giver: str
    taker: str
    items: str
    leaving: bool
    offered_at: int = Field(sa_column=_big())
    answered_at: int = Field(sa_column=_big())
    accepted: bool
    ends_at: int = Field(default=0, sa_column=_big())
    withdrawn_at: int = Field(default=0, sa_column=_big())


class ApprovalRow(SQLModel, table=True):
    """rules: rules.records.Approval."""

    __tablename__ = "approvals"
    __table_args__ = (Index("approvals_item", "item"),)
    id: bytes = Field(primary_key=True)
    item: bytes
    agency: str
    subject: int
    granted: bool
    decided_on: str
    late: bool
    entered_by: str
    entered_at: int = Field(sa_column=_big())
    request: bytes = b""
    checked_by: str
    agrees: bool
    entered_for: str = ""
    checked_for: str = ""


class ClientRow(SQLModel, table=True):
    """The last client sequence number of each certificate."""

    __tablename__ = "clients"
    certificate: bytes = Field(primary_key=True)
    sequence: int = Field(sa_column=_big())


class CaseRow(SQLModel, table=True):
    """The last sequence number of each case."""

    __tablename__ = "cases"
    case_id: bytes = Field(primary_key=True)
    sequence: int = Field(sa_column=_big())


class TokenRow(SQLModel, table=True):
    """A one-time enrolment token, by digest."""

    __tablename__ = "enrolment_tokens"
    token_sha256: bytes = Field(primary_key=True)
    agency: str
    expires_at: int = Field(sa_column=_big())
    used_at: int = Field(sa_column=_big())
    used_for: bytes = b""


class CertificateRow(SQLModel, table=True):
    """A certificate that the hub's authority issued."""

    __tablename__ = "certificates"
    __table_args__ = (Index("certificates_keyid", "keyid"),)
    fingerprint: bytes = Field(primary_key=True)
    agency: str = Field(index=True)
    subject: str
    keyid: str
    not_before: int = Field(sa_column=_big())
    not_after: int = Field(sa_column=_big())
    revoked_at: int = Field(sa_column=_big())
    chain: str = ""


class AttachmentRow(SQLModel, table=True):
    """A statement that names an attachment; the file stays as long as one of them is not erased."""

    __tablename__ = "attachments"
    address: bytes = Field(primary_key=True)
    index: int = Field(sa_column=Column("index", BigInteger, primary_key=True, autoincrement=False))


class OrderRow(SQLModel, table=True):
    """Something that the operator asks of the running hub; done when ``done_at`` is set. Its id is the cause of what
    the hub then says."""

    __tablename__ = "orders"
    id: bytes = Field(primary_key=True)
    what: str
    details: str
    ordered_at: int = Field(sa_column=_big())
    done_at: int = Field(sa_column=_big())
    error: str = ""
