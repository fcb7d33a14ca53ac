"""What is kept of notices, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from hub.notices import outbox
from hub.notices.listing import looked
from hub.notices.outbox import FAILED, SENT, WAITING
from hub.notices.retention import forget_old
from hutong.v1 import casework_pb2
from tests.hub.notices.conftest import Office
from tests.hub.notices.test_sender import worked
from tests.receivers import Mailbox

DAY = 86_400_000


@contextmanager
def sending(office: Office, answer: str = "") -> Iterator[Mailbox]:
    """One certificate is told, to two people; the mail server answers so."""
    mailbox = Mailbox()
    if answer:
        mailbox.answers["RCPT"] = answer
    office.certified()
    with mailbox.running():
        worked(office.sender(office.carriers(mailbox)))
        yield mailbox


def read(office: Office, agency: str) -> casework_pb2.ListNoticesResponse:
    return looked(office.engine, agency, casework_pb2.ListNoticesRequest(), office.clock.now())


def test_what_was_sent_is_kept_for_so_many_days_after_the_last_try(reached: Office) -> None:
    with sending(reached):
        pass
    tried = reached.clock.now()
    assert {(notice.state, notice.tried_at) for notice in reached.notices()} == {(SENT, tried)}
    assert forget_old(reached.engine, 90, tried + 90 * DAY) == 0 and len(reached.notices()) == 2
    with structlog.testing.capture_logs() as lines:
        assert forget_old(reached.engine, 90, tried + 90 * DAY + 1) == 2
    assert reached.notices() == []
    (line,) = lines
    assert (line["event"], line["notices"], line["days"]) == ("old notices were deleted", 2, 90)
    with structlog.testing.capture_logs() as lines:
        assert forget_old(reached.engine, 90, tried + 100 * DAY) == 0
    assert lines == [], "nothing to say"


def test_what_has_failed_stays_until_its_agency_has_looked(reached: Office) -> None:
    with sending(reached, "550 5.1.1 no such user"):
        pass
    assert {notice.state for notice in reached.notices()} == {FAILED}
    much_later = reached.clock.now() + 400 * DAY
    assert forget_old(reached.engine, 90, much_later) == 0
    assert outbox.counts(reached.engine)["unread"] == 2
    shown = read(reached, "market")
    assert [notice.contact for notice in shown.notices] == [reached.town.houses["market"].liaison]
    first = next(notice.read_at for notice in reached.notices() if notice.agency == "market")
    reached.clock.time += DAY
    read(reached, "market")
    assert next(n.read_at for n in reached.notices() if n.agency == "market") == first, "the first look counts"
    assert outbox.counts(reached.engine)["unread"] == 1
    assert forget_old(reached.engine, 90, much_later) == 1
    assert [notice.agency for notice in reached.notices()] == ["police"], "nobody there knows yet"


def test_a_look_at_what_was_sent_or_waits_marks_nothing(reached: Office) -> None:
    reached.certified()
    read(reached, "police")
    assert {(notice.state, notice.read_at) for notice in reached.notices()} == {(WAITING, 0)}
    assert forget_old(reached.engine, 1, reached.clock.now() + 999 * DAY) == 0, "somebody still waits for it"


def test_what_is_tried_again_is_unread_again(reached: Office) -> None:
    with sending(reached, "550 5.1.1 no such user") as mailbox:
        read(reached, "police")
        reached.clock.time += 10 * DAY
        outbox.retry(reached.engine, None, reached.clock.now())
        assert {notice.read_at for notice in reached.notices()} == {0}
        worked(reached.sender(reached.carriers(mailbox)))
    read(reached, "police")
    assert forget_old(reached.engine, 90, reached.clock.now() + 85 * DAY) == 0, "it counts from the last try"
    assert forget_old(reached.engine, 90, reached.clock.now() + 91 * DAY) == 1


def test_a_look_deletes_in_small_steps_and_not_without_end(reached: Office) -> None:
    for _ in range(3):
        with sending(reached):
            pass
    later = reached.clock.now() + 91 * DAY
    assert forget_old(reached.engine, 90, later, page=2, pages=2) == 4 and len(reached.notices()) == 2
    assert forget_old(reached.engine, 90, later, page=2, pages=2) == 2 and reached.notices() == []
