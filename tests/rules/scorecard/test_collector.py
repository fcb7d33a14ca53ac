"""What a log says of those who owe and those who ask: worked examples, and what must hold of any history."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from hutong.v1 import codes_pb2, kinds_pb2
from rules.folding import Folded
from rules.scorecard.collector import Collector
from rules.scorecard.figures import ACKNOWLEDGE, COMPLETE, REVIEW, Duties, Period, Requests, Scorecards
from rules.scorecard.message import message
from tests.cases import Case, at
from tests.histories import Act, Driver, acts, staffed_town
from tests.towns import SYSTEM, Town, recipient

TOWN = Town.make()
POLICE, MARKET = TOWN.houses["police"], TOWN.houses["market"]
FRIDAY = at("2026-10-09T16:30")
MINUTE = 60_000
WEEK = Period(at("2026-10-05T00:00"), at("2026-10-12T00:00"))
NEXT = Period(at("2026-10-12T00:00"), at("2026-10-19T00:00"))
ALWAYS = Period(0, 1 << 50)
REASON, OUTCOME = codes_pb2.ReasonCode, codes_pb2.OutcomeCode


class Scored(Case):
    """A case that is scored in several periods at once."""

    def __init__(self, *periods: Period, town: Town = TOWN) -> None:
        super().__init__(town, FRIDAY)
        self.collectors = {period: Collector(period) for period in (ALWAYS, *periods)}

    def heard(self, folded: Folded) -> None:
        for collector in self.collectors.values():
            collector(self.state, folded)

    def cards(self, period: Period = ALWAYS) -> Scorecards:
        return self.collectors[period].scorecards()

    def police(self, period: Period = ALWAYS) -> Duties:
        return self.cards(period).duties.agencies["police"]

    def market(self, period: Period = ALWAYS) -> Requests:
        return self.cards(period).requests.agencies["market"]

    def ended(self, item: bytes, outcome: int = OUTCOME.OUTCOME_CODE_CONFIRMED, evidence: bytes = b"e" * 32) -> None:
        facts = kinds_pb2.Completed(outcome=outcome, evidence_sha256=evidence)  # type: ignore[arg-type]
        self.say(self.by("police", "completed", item, facts=facts))

    def returned(self, item: bytes, reason: int) -> None:
        facts = kinds_pb2.Return(reason=reason)  # type: ignore[arg-type]
        self.say(self.by("police", "return", item, facts=facts))


# --- in time ---


def test_in_time_to_the_last_moment_and_late_a_moment_after() -> None:
    case = Scored()
    for late in (0, 1):
        item = case.lead(urgency=codes_pb2.URGENCY_FLASH)
        case.now += 30 * MINUTE + late
        case.acknowledged(item)
    assert (case.police().acknowledged.part, case.police().acknowledged.whole) == (1, 2)


def test_each_clock_counts_once_in_the_period_in_which_it_was_kept_or_ran_out() -> None:
    """Routine on Friday 16:30: to be acknowledged by Saturday, a working day; done on the Thursday after."""
    case = Scored(WEEK, NEXT)
    kept, late, dead = case.lead(), case.lead(), case.lead()
    case.acknowledged(kept)
    case.now = at("2026-10-12T10:00")
    case.acknowledged(late)
    case.now = at("2026-10-15T10:00")
    case.ended(kept)
    case.ended(late)
    assert dead
    case.now = at("2026-10-30T10:00")
    case.acknowledged(dead)
    case.ended(dead)
    first, second, every = (case.police(period) for period in (WEEK, NEXT, ALWAYS))
    assert (first.acknowledged.part, first.acknowledged.whole) == (1, 3), "two ran out on Saturday"
    assert second.acknowledged.whole == 0, "which is not counted again when they were acknowledged at last"
    assert (second.completed.part, second.completed.whole) == (2, 2)
    assert (every.acknowledged.whole, every.completed.part, every.completed.whole) == (3, 3, 3)


def test_what_runs_out_runs_out_at_whoever_owned_it_then() -> None:
    case = Scored()
    item = case.lead(urgency=codes_pb2.URGENCY_FLASH)
    case.now += 31 * MINUTE
    facts = kinds_pb2.Assigned(agency="police")
    to = [recipient("police", POLICE.second)]
    case.say(case.by("police", "assigned", item, POLICE.head, facts=facts, to=to))
    case.acknowledged(item, contact=POLICE.second)
    officers = case.cards().duties.contacts
    assert officers["police", POLICE.liaison].acknowledged.whole == 1
    assert officers["police", POLICE.second].acknowledged.whole == 0
    assert officers["police", POLICE.second].to_acknowledge.n == 1
    assert (officers["police", POLICE.liaison].moved, officers["police", POLICE.liaison].fallen) == (1, 0)


def test_a_return_is_an_answer_to_the_question_of_acknowledging_and_none_to_that_of_completing() -> None:
    case = Scored()
    case.returned(case.lead(), REASON.REASON_CODE_NOT_COMPETENT)
    police = case.police()
    assert (police.acknowledged.part, police.acknowledged.whole) == (1, 1)
    assert (police.to_acknowledge.n, police.completed.whole) == (0, 0)


def asked(case: Scored, item: bytes, before: int = MINUTE) -> int:
    """More time is asked for, so long before the end; the end."""
    due = case.duty(item).complete_by
    facts = kinds_pb2.ExtensionAsked(until=due + 86_400_000, reason=1)
    case.now = due - before
    case.say(case.by("police", "extension_asked", item, facts=facts))
    return due


def approved(case: Scored, item: bytes) -> None:
    """The head's word."""
    facts = kinds_pb2.ExtensionDecided(agency="police", granted=True)
    case.say(case.by("police", "extension_decided", item, POLICE.head, facts=facts))


def decided(case: Scored, item: bytes, *, granted: bool = True) -> None:
    """The word of whoever opened it."""
    facts = kinds_pb2.ExtensionDecided(agency="police", granted=granted)
    case.say(case.by("market", "extension_decided", item, facts=facts, to=["police"]))


def in_time(case: Scored) -> tuple[int, int]:
    return case.police().completed.part, case.police().completed.whole


def owed() -> tuple[Scored, bytes]:
    case = Scored()
    item = case.lead()
    case.acknowledged(item)
    return case, item


def test_time_that_was_granted_before_the_end_counts() -> None:
    case, item = owed()
    due = asked(case, item)
    approved(case, item)
    decided(case, item)
    case.now = due + MINUTE
    case.ended(item)
    assert in_time(case) == (1, 1)
    police = case.police()
    assert (police.extensions_asked, police.extensions_granted, police.extensions_granted_late) == (1, 1, 0)
    assert case.duty(item).overran_at == 0 and case.market().extensions_decided_late == 0


def test_what_the_own_head_grants_too_late_makes_nothing_punctual() -> None:
    """The asker and the head are one house: it has had the time, and the word afterwards is for what comes after."""
    case, item = owed()
    due = asked(case, item)
    case.now = due + MINUTE
    case.say(TOWN.lead())
    assert in_time(case) == (0, 1), "it is late whatever is decided"
    assert case.police().standing.overdue_complete == 1
    approved(case, item)
    decided(case, item)
    assert case.duty(item).complete_by == due + 86_400_000 and case.duty(item).overran_at == due
    assert case.police().standing.overdue_complete == 0, "from now on it has time"
    case.ended(item)
    assert in_time(case) == (0, 1), "which makes no second verdict"
    police = case.police()
    assert (police.extensions_asked, police.extensions_granted, police.extensions_granted_late) == (1, 1, 1)
    assert case.market().extensions_decided_late == 0, "it was decided at once"


def test_whoever_sits_on_a_request_makes_nobody_else_late() -> None:
    for granted in (True, False):
        case, item = owed()
        due = asked(case, item, before=48 * 60 * MINUTE)
        approved(case, item)
        case.now = due + MINUTE
        case.say(TOWN.lead())
        assert in_time(case) == (0, 0) and case.police().standing.overdue_complete == 0
        market = case.market()
        assert (market.waiting.decisions, market.waiting.oldest_decision) == (1, 48 * 60 * MINUTE + MINUTE)
        decided(case, item, granted=granted)
        assert case.market().extensions_decided_late == 1 and case.market().waiting.decisions == 0
        case.ended(item)
        assert in_time(case) == (int(granted), 1), "asking gives no time, but the delay is whose it is"
        assert case.police().extensions_granted_late == 0


def test_a_request_of_the_last_minute_keeps_nobody_waiting() -> None:
    """Whoever is asked has as long as for taking on what is new; whoever asks is not late by the answer."""
    case, item = owed()
    due = asked(case, item)
    approved(case, item)
    case.now = due + MINUTE
    decided(case, item)
    case.ended(item)
    assert in_time(case) == (1, 1) and case.market().extensions_decided_late == 0


def test_silence_gives_the_time_that_was_asked_for_and_no_more() -> None:
    for late in (0, 1):
        case, item = owed()
        due = asked(case, item)
        approved(case, item)
        case.now = due + 86_400_000 + late
        case.ended(item)
        assert in_time(case) == (1 - late, 1)


def test_what_was_completed_while_a_decision_was_due_came_in_time() -> None:
    """Under review, too, where the verdict falls with the acceptance."""
    case = Scored()
    header = TOWN.header("supervision", "market", to=["police"])
    case.say(header)
    item = bytes(header.message_id)
    case.acknowledged(item)
    due = asked(case, item)
    approved(case, item)
    case.now = due + MINUTE
    case.ended(item)
    case.now += 10 * 86_400_000
    accepted = kinds_pb2.Reviewed(agency="police", accepted=True)
    case.say(case.by("market", "reviewed", item, facts=accepted, to=["police"]))
    assert in_time(case) == (1, 1)


def test_a_return_after_the_end_is_no_way_out() -> None:
    late = (REASON.REASON_CODE_NOT_COMPETENT, 0)
    case = Scored()
    item = case.lead()
    case.now = case.duty(item).acknowledge_by + 1
    case.returned(item, late[0])
    assert (case.police().acknowledged.part, case.police().acknowledged.whole) == (0, 1)
    for approve in (False, True):
        case, item = owed()
        due = asked(case, item)
        if approve:
            approved(case, item)
        case.now = due + 1
        case.returned(item, late[0])
        assert in_time(case) == (0, 1), "whatever was asked for"
    case, item = owed()
    case.now = case.duty(item).complete_by
    case.returned(item, late[0])
    case.now += 86_400_000
    statement = kinds_pb2.Delivered(statement_sha256=case.state.statements[item].digest, result=1)
    case.say(case.by("police", "delivered", item, role=SYSTEM, facts=statement, in_reply_to=item))
    assert in_time(case) == (0, 0), "in time it counts on neither side, whatever comes later"


def test_a_review_that_turns_red_is_red_where_it_lies() -> None:
    case = Scored(town=staffed_town())
    header = case.town.header("supervision", "market", to=["police"])
    case.say(header)
    item = bytes(header.message_id)
    case.tick(case.now + 90 * 86_400_000)
    assert case.duty(item).red and (case.police().turned_red, case.police().standing.red) == (1, 1)
    case.acknowledged(item)
    case.ended(item)
    assert not case.duty(item).red, "somebody has acted"
    due = case.duty(item).attention_by
    case.tick(due + 1)
    case.say(case.by("market", "supplement", item, to=["police"]))
    late = next(each for each in case.cards().overdue if each.clock == REVIEW)
    assert (late.agency, late.owner, late.obliged, late.by) == ("market", MARKET.liaison, "police", due)
    assert case.market().waiting.overdue_reviews == 1
    case.tick(case.now + 60 * 86_400_000)
    assert case.duty(item).red
    police, market = case.police(), case.market()
    assert (police.turned_red, police.standing.red) == (1, 0), "it is not the police that are waited for"
    assert (market.reviews_turned_red, market.waiting.reviews_red) == (1, 1)
    mine = message(case.cards(), "market")
    (shown,) = mine.overdue
    assert shown.review and not shown.complete and shown.owner == MARKET.liaison


def test_under_review_the_clock_stands_and_the_day_of_completing_counts() -> None:
    case = Scored()
    header = TOWN.header("supervision", "market", to=["police"])
    case.say(header)
    item = bytes(header.message_id)
    case.acknowledged(item)
    due = case.duty(item).complete_by
    case.ended(item)
    case.now = due + 86_400_000
    case.say(TOWN.lead())
    police, market = case.police(), case.market()
    assert police.completed.whole == 0 and police.standing.overdue_complete == 0
    assert (market.waiting.reviews, market.waiting.oldest_review) == (1, case.now - FRIDAY)
    back = kinds_pb2.Reviewed(agency="police", reason=REASON.REASON_CODE_INCOMPLETE)
    case.say(case.by("market", "reviewed", item, facts=back, to=["police"]))
    case.ended(item)
    case.now += 30 * 86_400_000
    accepted = kinds_pb2.Reviewed(agency="police", accepted=True)
    case.say(case.by("market", "reviewed", item, facts=accepted, to=["police"]))
    police = case.police()
    assert (police.sent_back, police.completed.part, police.completed.whole) == (1, 1, 1)
    assert police.outcomes == {OUTCOME.OUTCOME_CODE_CONFIRMED: 1}, "closed once, however often completed"
    assert police.evidence_repeated == 0, "its own evidence once more is no other's"


# --- how long ---


def test_times_run_from_when_it_was_available_in_both_kinds_of_time() -> None:
    case = Scored()
    header = TOWN.header("inquiry", "market", to=["police"], facts=kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY))
    case.say(header)
    item = bytes(header.message_id)
    case.now = at("2026-10-10T09:30")
    case.acknowledged(item)
    case.now = at("2026-10-12T10:00")
    reply = kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL)
    for _ in range(2):
        case.say(case.by("police", "inquiry_reply", item, facts=reply))
        case.now += MINUTE
    case.ended(item)
    police = case.police()
    assert police.to_acknowledge.work == [90 * MINUTE] and police.to_acknowledge.wall == [17 * 60 * MINUTE]
    assert police.to_feedback.work == [(60 + 390 + 60) * MINUTE], "an hour on Friday, Saturday, an hour on Monday"
    assert case.market().answered == 1


# --- what the other side did ---


def seen(case: Scored, item: bytes, answer: bytes, contact: str = "", to: str = "police") -> None:
    case.say(case.by("market", "seen", item, contact, to=[to], in_reply_to=answer))


def test_answers_are_unread_until_somebody_there_opens_them() -> None:
    case = Scored()
    item = case.lead()
    assert case.refused(case.by("market", "seen", item, to=["police"])) == "HT-SCR-01"
    case.acknowledged(item)
    answer = case.completed(item)
    case.say(answer)
    case.now += 10 * MINUTE
    case.lead()
    assert (case.market().waiting.unread, case.market().waiting.oldest_unread) == (1, 10 * MINUTE)
    seen(case, item, answer.message_id, MARKET.second)
    assert case.duty(item).answer_seen_at == case.now and not case.duty(item).seen_at
    assert case.market().waiting.unread == 0
    case.now += MINUTE
    seen(case, item, answer.message_id)
    assert case.duty(item).answer_seen_at == case.now - MINUTE, "the first time counts"
    assert case.cards().requests.contacts["market", MARKET.liaison].answered == 1


def test_who_opens_one_answer_has_read_no_other() -> None:
    case = Scored()
    item = case.lead(to=["police", "banking"])
    answers = {}
    for agency in ("police", "banking"):
        case.acknowledged(item, agency)
        answers[agency] = case.completed(item, agency)
        case.say(answers[agency])
    assert case.market().waiting.unread == 2
    seen(case, item, answers["banking"].message_id, to="banking")
    assert case.market().waiting.unread == 1
    assert case.duty(item, "banking").answer_seen_at and not case.duty(item, "police").answer_seen_at
    wrong = case.by("market", "seen", item, to=["banking"], in_reply_to=answers["police"].message_id)
    assert case.refused(wrong) == "HT-HDR-01", "it is told to whoever gave the answer"
    for nothing in (b"", item, b"x" * 16):
        assert case.refused(case.by("market", "seen", item, to=["police"], in_reply_to=nothing)) == "HT-DTY-63"
    other = case.lead()
    case.acknowledged(other)
    case.ended(other)
    elsewhere = case.by("market", "seen", other, to=["police"], in_reply_to=answers["police"].message_id)
    assert case.refused(elsewhere) == "HT-DTY-63", "of this item"


def test_returns_that_lie_with_the_request_and_flash_that_came_to_nothing() -> None:
    case = Scored()
    flash = {"urgency": codes_pb2.URGENCY_FLASH}
    case.returned(case.lead(), REASON.REASON_CODE_INCOMPLETE)
    case.returned(case.lead(**flash), REASON.REASON_CODE_DUPLICATE)
    for outcome in (
        OUTCOME.OUTCOME_CODE_NO_ACTION_NEEDED,
        OUTCOME.OUTCOME_CODE_UNSUBSTANTIATED,
        OUTCOME.OUTCOME_CODE_CONFIRMED,
    ):
        item = case.lead(**flash)
        case.acknowledged(item)
        case.ended(item, outcome, bytes([outcome]) * 32)
    case.lead(**flash)
    market = case.market()
    assert (market.items, market.flash_items, market.sent) == (6, 5, 6)
    assert market.returned == {REASON.REASON_CODE_INCOMPLETE: 1, REASON.REASON_CODE_DUPLICATE: 1}
    assert (market.flash_for_nothing.part, market.flash_for_nothing.whole) == (3, 4), "what is open is not judged"


def test_the_same_evidence_for_two_matters_shows() -> None:
    case = Scored(NEXT)
    for day in ("2026-10-09T16:30", "2026-10-12T10:00"):
        case.now = at(day)
        item = case.lead()
        case.acknowledged(item)
        case.ended(item)
    assert (case.police().evidence_repeated, case.police(NEXT).evidence_repeated) == (1, 1), "however long ago"


# --- pressure ---


def test_silence_pressure_falls_and_red_tiles_are_counted_where_they_happened() -> None:
    case = Scored(town=staffed_town())
    police = case.town.houses["police"]
    item = case.lead(urgency=codes_pb2.URGENCY_FLASH)
    forced = kinds_pb2.EscalationForced(agency="police")
    case.say(case.by("market", "escalation_forced", item, facts=forced, to=["police"]))
    case.tick(case.now + 3 * 3_600_000)
    gone = kinds_pb2.ContactWithdrawn(contact=police.liaison)
    case.say(case.town.header("contact_withdrawn", "police", police.head, facts=gone))
    case.tick()
    figures = case.police()
    assert (figures.non_response, figures.forced, figures.turned_red, figures.fallen, figures.moved) == (1, 1, 1, 1, 0)
    standing = figures.standing
    assert (standing.open, standing.red, standing.in_breach, standing.overdue_acknowledge) == (1, 1, 1, 1)
    officers = case.cards().duties.contacts
    assert officers["police", police.liaison].fallen == 1
    assert officers["police", police.head].standing.in_breach == 1
    (late,) = case.cards().overdue
    assert (late.clock, late.owner, late.age) == (ACKNOWLEDGE, police.head, case.now - FRIDAY - 30 * MINUTE)


def test_overdue_things_are_listed_the_longest_first() -> None:
    case = Scored()
    done, first, second = case.lead(), case.lead(), case.lead(urgency=codes_pb2.URGENCY_FLASH)
    case.acknowledged(first)
    case.acknowledged(done)
    case.ended(done)
    case.now = at("2026-11-02T10:00")
    case.say(case.by("police", "seen", second, contact=POLICE.liaison))
    assert [(late.item, late.clock) for late in case.cards().overdue] == [(second, ACKNOWLEDGE), (first, COMPLETE)]


# --- apart ---


def test_drills_stand_apart() -> None:
    case = Scored(WEEK, NEXT)
    header = TOWN.lead()
    header.facts.drill = True
    case.say(header)
    case.tick(case.now + 3_600_000)
    for period, count in ((ALWAYS, 1), (WEEK, 1), (NEXT, 0)):
        cards = case.cards(period)
        assert (cards.drills.items, cards.drills.obligations) == (count, count)
        assert not cards.duties.agencies and not cards.requests.agencies and not cards.overdue


def test_nothing_after_the_period_has_a_say() -> None:
    case = Scored(WEEK)
    item = case.lead()
    case.now = WEEK.end - 1
    case.say(case.by("police", "seen", item))
    case.now = WEEK.end
    case.say(TOWN.lead())
    before = case.cards(WEEK)
    figures = repr((before.as_of, before.duties.agencies, before.requests.agencies, before.overdue))
    case.acknowledged(item)
    case.ended(item)
    after = case.cards(WEEK)
    assert repr((after.as_of, after.duties.agencies, after.requests.agencies, after.overdue)) == figures
    assert before.as_of == WEEK.end and before.duties.agencies["police"].standing.open == 1


@settings(max_examples=60, deadline=None)
@given(acts)
def test_figures_add_up(history: list[Act]) -> None:
    """Of any history: agencies are the sums of their contacts, weeks those of the whole, and both sides agree."""
    weeks = [Period(FRIDAY + n * 10**10, FRIDAY + (n + 1) * 10**10) for n in range(-1, 3)]
    case = Scored(*weeks, Period(FRIDAY + 3 * 10**10, 1 << 50), town=staffed_town())
    Driver(case).run(history)
    cards = case.cards()
    for tallies in (cards.duties, cards.requests):
        for agency, tally in tallies.agencies.items():
            own: list[Any] = [each for (code, _), each in tallies.contacts.items() if code == agency]
            for name in (
                "laid",
                "returned",
                "outcomes",
                "non_response",
                "moved",
                "fallen",
                "items",
                "sent",
                "answered",
            ):
                if hasattr(tally, name):
                    empty = type(getattr(tally, name))()
                    assert getattr(tally, name) == sum((getattr(each, name) for each in own), empty), name
    owing = list(cards.duties.agencies.values())
    asking = list(cards.requests.agencies.values())
    assert sum(each.laid for each in owing) == sum(each.sent for each in asking)
    assert sum(each.returned.total() for each in owing) == sum(each.returned.total() for each in asking)
    assert sum(each.to_feedback.n for each in owing) == sum(each.answered for each in asking)
    for name in ("laid", "non_response", "held", "fallen", "turned_red"):
        whole = sum(getattr(each, name) for each in owing)
        parts = [case.cards(period).duties.agencies.values() for period in case.collectors if period is not ALWAYS]
        assert whole == sum(getattr(each, name) for part in parts for each in part), name
    late = len(
        [duty for duty in case.state.obligations.values() if duty.open and not case.state.items[duty.item].drill]
    )
    assert sum(each.standing.open for each in owing) == late
    for each in owing:
        assert each.acknowledged.whole <= each.laid and each.completed.whole <= each.laid


@settings(max_examples=20, deadline=None)
@given(acts)
def test_a_collector_that_went_on_from_the_last_period_says_the_same(history: list[Act]) -> None:
    """However often either was asked on the way."""
    weeks = [Period(FRIDAY + n * 10**9, FRIDAY + (n + 1) * 10**9) for n in range(-1, 40)]

    class Chained(Scored):
        def __init__(self) -> None:
            super().__init__(*weeks, town=staffed_town())
            self.chain = [Collector(weeks[0])]

        def heard(self, folded: Folded) -> None:
            while folded.at >= weeks[len(self.chain) - 1].end and len(self.chain) < len(weeks):
                self.chain.append(self.chain[-1].later(weeks[len(self.chain)]))
            for collector in self.chain:
                collector(self.state, folded)
            self.chain[-1].scorecards()
            super().heard(folded)

    case = Chained()
    Driver(case).run(history)
    for week, collector in zip(weeks, case.chain, strict=False):
        mine, fresh = collector.scorecards(), case.cards(week)
        assert message(mine) == message(fresh) and mine.drills == fresh.drills, week
