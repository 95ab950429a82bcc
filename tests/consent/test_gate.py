"""The decision table, one test per row, with a clock that is moved. Pure: no database."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import MemberState
from consent.gate import (
    ALL_SCOPES,
    AgreementFacts,
    Allow,
    ConsentFacts,
    Decision,
    Deny,
    Facts,
    PolicyFacts,
    Reason,
    Remedy,
    SchoolFacts,
    decide,
)
from consent.models import Scope
from realtime.closing import CloseCode

pytestmark = pytest.mark.row("S18")

CHICAGO, TOKYO = "America/Chicago", "Asia/Tokyo"
UTC = dt.UTC


def at(text: str, zone: str = CHICAGO) -> dt.datetime:
    """An instant by the clock of a place."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


NOW = at("2026-11-23 10:00")
JUST_BEFORE = dt.timedelta(microseconds=1)
USE = frozenset({Scope.USE})
YEAR = AgreementFacts(dt.date(2026, 8, 1), dt.date(2027, 6, 30))
YEAR_ENDS = at("2027-07-01 00:00")
BIRTHDAY = dt.date(2027, 3, 9)

JUNIPER = SchoolFacts(1, CHICAGO, at("2026-08-15 00:00"), agreements=(YEAR,))


def yes(when: str = "2026-09-01 09:00", **more: Any) -> ConsentFacts:
    return ConsentFacts("grant", at(when), **{"scopes": USE, **more})


def no(when: str, kind: str = "withdraw", **more: Any) -> ConsentFacts:
    return ConsentFacts(kind, at(when), **more)


CHILD = Facts(
    member_id=7,
    protected_until=BIRTHDAY,
    is_k12=True,
    zone="Europe/Berlin",
    schools=(JUNIPER,),
    consents=(yes(),),
)


def child(**more: Any) -> Facts:
    return replace(CHILD, **more)


def reason(decision: Decision) -> Reason | None:
    return decision.code if isinstance(decision, Deny) else None


# 1. The account


@pytest.mark.parametrize(
    ("state", "code", "close"),
    [
        (MemberState.CLOSED, Reason.ACCOUNT_CLOSED, CloseCode.ACCOUNT_CLOSED),
        (MemberState.DEACTIVATED, Reason.ACCOUNT_DEACTIVATED, CloseCode.ACCOUNT_CLOSED),
        (MemberState.LIMITED, Reason.ACCOUNT_ON_HOLD, CloseCode.ACCOUNT_CLOSED),
        (MemberState.SUSPENDED, Reason.SUSPENDED, CloseCode.SUSPENDED),
    ],
)
@pytest.mark.parametrize("who", [CHILD, Facts(member_id=1)], ids=["child", "adult"])
def test_an_account_that_is_closed_or_held_is_out_whoever_it_is(who, state, code, close):
    decision = decide(replace(who, state=state), NOW)
    assert decision == Deny(code)
    assert isinstance(decision, Deny)
    assert decision.close_code == close


# 2. Who needs no consent


def test_an_adult_is_in_and_for_good():
    assert decide(Facts(member_id=1), NOW) == Allow(until=None, scopes=ALL_SCOPES, schools=None)


def test_a_parent_or_staff_of_unknown_age_is_no_child():
    assert decide(Facts(member_id=1, age_known=False), NOW) == Allow(until=None)


def test_a_student_of_14_needs_neither_agreement_nor_consent():
    facts = child(protected_until=dt.date(2026, 11, 1), schools=(), consents=())
    assert decide(facts, NOW) == Allow(until=None)


def test_a_stub_that_turned_14_is_in():
    facts = child(state=MemberState.AWAITING_CONSENT, consents=(), protected_until=dt.date(2026, 11, 23))
    assert decide(facts, NOW) == Allow(until=None)


# Age


def test_13_years_and_364_days_is_young():
    facts = child(consents=(), protected_until=dt.date(2026, 11, 24))
    decision = decide(facts, at("2026-11-23 23:59:59"))
    assert decision == Deny(Reason.CONSENT_WAITING, until=at("2026-11-24 00:00"))


def test_the_14th_birthday_begins_at_the_schools_midnight():
    midnight = at("2027-03-09 00:00")
    facts = child(consents=())
    assert reason(decide(facts, midnight - JUST_BEFORE)) == Reason.CONSENT_WAITING
    assert decide(facts, midnight) == Allow(until=None)


def test_the_zone_is_the_schools_and_not_the_members():
    """Midnight in Berlin is seven hours earlier than in Chicago."""
    facts = child(consents=())
    assert reason(decide(facts, at("2027-03-09 00:00", "Europe/Berlin"))) == Reason.CONSENT_WAITING


def test_without_a_school_the_members_own_zone_counts():
    facts = child(schools=(), consents=(), zone=TOKYO)
    assert reason(decide(facts, at("2027-03-09 00:00", TOKYO) - JUST_BEFORE)) == Reason.NO_AGREEMENT
    assert decide(facts, at("2027-03-09 00:00", TOKYO)) == Allow(until=None)


def test_between_two_zones_the_later_midnight_counts():
    tokyo = SchoolFacts(2, TOKYO, at("2026-08-15 00:00"), agreements=(YEAR,))
    facts = child(schools=(JUNIPER, tokyo), consents=())
    assert reason(decide(facts, at("2027-03-09 00:00", TOKYO))) == Reason.CONSENT_WAITING
    assert decide(facts, at("2027-03-09 00:00", CHICAGO)) == Allow(until=None)


def test_a_night_that_is_an_hour_short_has_its_midnight():
    """In Beirut the clocks skip midnight itself: the day begins at what the clock says first."""
    beirut = SchoolFacts(3, "Asia/Beirut", at("2026-08-15 00:00"), agreements=(YEAR,))
    facts = child(schools=(beirut,), consents=(), protected_until=dt.date(2027, 3, 28))
    decision = decide(facts, NOW)
    assert decision.until == dt.datetime(2027, 3, 27, 22, 0, tzinfo=UTC)


def test_born_on_29_february_is_young_until_1_march():
    """2014 has no 29 February; whoever stores `protected_until` writes 1 March."""
    facts = child(protected_until=dt.date(2027, 3, 1), consents=())
    assert reason(decide(facts, at("2027-02-28 23:59"))) == Reason.CONSENT_WAITING
    assert decide(facts, at("2027-03-01 00:00")) == Allow(until=None)


def test_a_14th_birthday_on_29_february_is_its_own_day():
    facts = child(protected_until=dt.date(2028, 2, 29), consents=())
    assert not isinstance(decide(facts, at("2028-02-28 23:59")), Allow)
    assert decide(facts, at("2028-02-29 00:00")) == Allow(until=None)


def test_unknown_age_in_a_school_is_protected_and_says_so():
    facts = child(age_known=False, protected_until=None, consents=())
    assert decide(facts, NOW) == Deny(Reason.AGE_UNKNOWN, until=YEAR_ENDS)
    assert Reason.AGE_UNKNOWN.remedy == Remedy.ASK_SCHOOL
    assert Reason.AGE_UNKNOWN.close_code == CloseCode.CONSENT_MISSING


def test_unknown_age_stays_protected_whatever_date_is_stored():
    facts = child(age_known=False, protected_until=dt.date(2020, 1, 1), consents=())
    assert reason(decide(facts, NOW)) == Reason.AGE_UNKNOWN


def test_unknown_age_with_consent_is_in():
    assert isinstance(decide(child(age_known=False, protected_until=None), NOW), Allow)


# 3. The agreement


@pytest.mark.row("S19")
def test_with_agreement_and_consent_a_child_is_in_until_the_first_of_their_ends():
    assert decide(CHILD, NOW) == Allow(until=at("2027-03-09 00:00"), scopes=USE, schools=frozenset({1}))
    younger = child(protected_until=dt.date(2029, 1, 1))
    assert decide(younger, NOW) == Allow(until=YEAR_ENDS, scopes=USE, schools=frozenset({1}))


@pytest.mark.row("S19")
def test_without_a_school_there_is_no_agreement():
    decision = decide(child(schools=()), NOW)
    assert decision == Deny(Reason.NO_AGREEMENT, until=at("2027-03-09 00:00", "Europe/Berlin"))
    assert isinstance(decision, Deny)
    assert (decision.close_code, decision.remedy) == (CloseCode.NO_AGREEMENT, Remedy.ASK_SCHOOL)


@pytest.mark.row("S19")
def test_a_school_without_an_agreement_lets_no_child_in_whatever_the_family_says():
    facts = child(schools=(replace(JUNIPER, agreements=()),))
    assert reason(decide(facts, NOW)) == Reason.NO_AGREEMENT


@pytest.mark.row("S19")
def test_the_agreement_is_asked_before_the_consent():
    facts = child(schools=(replace(JUNIPER, agreements=()),), consents=(no("2026-10-01 09:00"),))
    assert reason(decide(facts, NOW)) == Reason.NO_AGREEMENT


@pytest.mark.row("S19")
def test_an_agreement_begins_at_the_schools_midnight():
    facts = child(schools=(replace(JUNIPER, starts_at=at("2026-01-01 00:00")),), consents=(yes("2026-07-01 09:00"),))
    first = at("2026-08-01 00:00")
    assert decide(facts, first - JUST_BEFORE) == Deny(Reason.NO_AGREEMENT, until=first)
    assert isinstance(decide(facts, first), Allow)


@pytest.mark.row("S19")
def test_at_the_minute_an_agreement_ends_its_young_students_are_out():
    facts = child(protected_until=dt.date(2029, 1, 1))
    assert isinstance(decide(facts, YEAR_ENDS - JUST_BEFORE), Allow)
    decision = decide(facts, YEAR_ENDS)
    assert decision == Deny(Reason.AGREEMENT_ENDED, until=at("2029-01-01 00:00"), data={"at": YEAR_ENDS})
    assert isinstance(decision, Deny)
    assert decision.close_code == CloseCode.NO_AGREEMENT


@pytest.mark.row("S19")
def test_an_agreement_ended_early_ends_at_that_instant():
    early = at("2026-12-01 12:00")
    facts = child(schools=(replace(JUNIPER, agreements=(replace(YEAR, ended_at=early),)),))
    assert decide(facts, early - JUST_BEFORE).until == early
    assert decide(facts, early).until == at("2027-03-09 00:00")
    assert reason(decide(facts, early)) == Reason.AGREEMENT_ENDED


@pytest.mark.row("S19")
def test_an_agreement_taken_back_before_it_began_never_was():
    never = replace(YEAR, ended_at=at("2026-07-01 09:00"))
    facts = child(schools=(replace(JUNIPER, agreements=(never,)),))
    assert reason(decide(facts, NOW)) == Reason.NO_AGREEMENT


@pytest.mark.row("S19")
def test_a_renewed_agreement_goes_on_without_a_gap():
    renewal = AgreementFacts(dt.date(2027, 7, 1), dt.date(2028, 6, 30))
    facts = child(schools=(replace(JUNIPER, agreements=(YEAR, renewal)),), protected_until=dt.date(2029, 1, 1))
    assert decide(facts, NOW).until == YEAR_ENDS
    assert isinstance(decide(facts, YEAR_ENDS), Allow)
    assert decide(facts, YEAR_ENDS).until == at("2028-07-01 00:00")


@pytest.mark.row("S19")
def test_who_left_the_school_is_no_longer_covered_by_its_agreement():
    left = at("2026-11-20 12:00")
    facts = child(schools=(replace(JUNIPER, ends_at=left),))
    assert decide(facts, left - JUST_BEFORE).until == left
    assert reason(decide(facts, left)) == Reason.AGREEMENT_ENDED


@pytest.mark.row("S19")
def test_of_two_schools_only_the_one_with_an_agreement_is_open():
    other = SchoolFacts(2, CHICAGO, at("2026-08-15 00:00"), agreements=())
    decision = decide(child(schools=(other, JUNIPER)), NOW)
    assert isinstance(decision, Allow)
    assert decision.schools == frozenset({1})


# 4. The consent


@pytest.mark.row("S20")
def test_without_an_answer_a_child_waits():
    decision = decide(child(consents=()), NOW)
    assert decision == Deny(Reason.CONSENT_WAITING, until=at("2027-03-09 00:00"))
    assert isinstance(decision, Deny)
    assert (decision.close_code, decision.remedy) == (CloseCode.CONSENT_MISSING, Remedy.WAIT_FOR_FAMILY)


@pytest.mark.row("S20")
def test_each_scope_is_on_its_own():
    scopes = frozenset({Scope.USE, Scope.GRADES})
    decision = decide(child(consents=(yes(scopes=scopes),)), NOW)
    assert isinstance(decision, Allow)
    assert decision.scopes == scopes


@pytest.mark.row("S20")
def test_a_yes_without_use_opens_nothing():
    facts = child(consents=(yes(scopes=frozenset({Scope.GRADES})),))
    assert reason(decide(facts, NOW)) == Reason.CONSENT_REFUSED


@pytest.mark.row("S20")
def test_a_yes_that_loses_use_is_taken_back():
    facts = child(consents=(yes(), yes("2026-10-01 09:00", scopes=frozenset({Scope.GRADES}))))
    assert reason(decide(facts, NOW)) == Reason.CONSENT_WITHDRAWN


@pytest.mark.row("S18")
def test_a_no_to_the_first_question_is_a_refusal_and_says_when():
    said = at("2026-11-20 10:42")
    decision = decide(child(consents=(no("2026-11-20 10:42"),)), NOW)
    assert decision == Deny(Reason.CONSENT_REFUSED, until=at("2027-03-09 00:00"), data={"at": said})
    assert isinstance(decision, Deny)
    assert (decision.close_code, decision.remedy) == (CloseCode.CONSENT_MISSING, Remedy.WAIT_FOR_FAMILY)


@pytest.mark.row("S18")
def test_a_no_after_the_yes_ran_out_takes_nothing_back():
    facts = child(consents=(yes(expires_at=at("2026-10-01 00:00")), no("2026-11-20 10:42")))
    assert reason(decide(facts, NOW)) == Reason.CONSENT_REFUSED


@pytest.mark.row("S18")
def test_a_yes_after_a_refusal_opens():
    assert isinstance(decide(child(consents=(no("2026-11-14 10:42"), yes("2026-11-16 09:00"))), NOW), Allow)


@pytest.mark.row("S20")
def test_another_parents_yes_does_not_lift_a_refusal():
    facts = child(consents=(no("2026-11-14 10:42", **by(JUN)), yes("2026-11-16 09:00", **by(PAULA))))
    assert reason(decide(facts, NOW)) == Reason.CONSENT_REFUSED


@pytest.mark.row("S20")
def test_fewer_scopes_later_are_fewer_from_then_on():
    both = frozenset({Scope.USE, Scope.UPLOADS})
    decision = decide(child(consents=(yes(scopes=both), yes("2026-10-01 09:00"))), NOW)
    assert isinstance(decision, Allow)
    assert decision.scopes == USE


@pytest.mark.row("S20")
def test_a_yes_counts_from_its_hour_on():
    begins = at("2026-12-01 08:00")
    facts = child(consents=(yes("2026-12-01 08:00"),))
    assert decide(facts, begins - JUST_BEFORE) == Deny(Reason.CONSENT_WAITING, until=begins)
    assert isinstance(decide(facts, begins), Allow)


@pytest.mark.row("S20")
def test_a_yes_ends_at_its_hour():
    ends = at("2026-12-01 00:00")
    facts = child(consents=(yes(expires_at=ends),))
    assert decide(facts, ends - JUST_BEFORE).until == ends
    decision = decide(facts, ends)
    assert decision == Deny(Reason.CONSENT_EXPIRED, until=at("2027-03-09 00:00"), data={"at": ends})


@pytest.mark.row("S20")
def test_an_end_that_is_written_down_changes_nothing():
    ends = at("2026-11-01 00:00")
    facts = child(consents=(yes(expires_at=ends), no("2026-11-01 00:00", "expire")))
    assert reason(decide(facts, NOW)) == Reason.CONSENT_EXPIRED


@pytest.mark.row("S20")
def test_a_yes_taken_back_closes_at_once_and_says_when():
    taken_back = at("2026-11-23 10:42")
    facts = child(consents=(yes(), no("2026-11-23 10:42")))
    assert decide(facts, taken_back - JUST_BEFORE).until == taken_back
    decision = decide(facts, taken_back)
    assert decision == Deny(Reason.CONSENT_WITHDRAWN, until=at("2027-03-09 00:00"), data={"at": taken_back})
    assert isinstance(decision, Deny)
    assert decision.close_code == CloseCode.CONSENT_MISSING


@pytest.mark.row("S20")
def test_a_later_yes_opens_again():
    facts = child(consents=(yes(), no("2026-11-14 10:42"), yes("2026-11-16 09:00")))
    assert isinstance(decide(facts, NOW), Allow)


@pytest.mark.row("S20")
def test_the_ledgers_order_counts_and_not_the_hours():
    """What was taken back stays taken back when an earlier yes comes into force afterwards."""
    facts = child(consents=(yes("2026-12-01 08:00"), no("2026-11-23 09:00")))
    assert reason(decide(facts, at("2026-12-02 08:00"))) == Reason.CONSENT_WITHDRAWN


# Two parents

PAULA, JUN = 11, 12


def by(guardian: int, **more: Any) -> dict[str, Any]:
    """Said by a linked guardian in the product; a school's paper about them is `on_paper`."""
    return {"voice": guardian, "on_paper": False, **more}


@pytest.mark.row("S20")
def test_two_parents_who_disagree_the_more_protective_answer_holds():
    facts = child(consents=(yes(**by(PAULA)), no("2026-10-01 09:00", **by(JUN))))
    assert reason(decide(facts, NOW)) == Reason.CONSENT_WITHDRAWN


@pytest.mark.row("S20")
@pytest.mark.parametrize("again", [by(PAULA), {}, {"voice": PAULA}], ids=["online", "paper", "paper that names her"])
def test_another_parents_later_yes_does_not_lift_it(again):
    refusal = no("2026-10-01 09:00", **by(JUN))
    facts = child(consents=(yes(**by(PAULA)), refusal, yes("2026-10-02 09:00", **again)))
    assert reason(decide(facts, NOW)) == Reason.CONSENT_WITHDRAWN


@pytest.mark.row("S20")
@pytest.mark.parametrize("again", [by(JUN), {"voice": JUN}], ids=["online", "paper that names him"])
def test_the_same_parents_later_yes_does(again):
    refusal = no("2026-10-01 09:00", **by(JUN))
    facts = child(consents=(yes(**by(PAULA)), refusal, yes("2026-10-02 09:00", **again)))
    assert isinstance(decide(facts, NOW), Allow)


@pytest.mark.row("S20")
def test_what_a_school_holds_on_paper_is_lifted_by_its_next_paper():
    """It vouches for whose answer counts: the office that recorded the no records the yes."""
    facts = child(consents=(yes(), no("2026-10-01 09:00", voice=JUN), yes("2026-10-02 09:00", voice=PAULA)))
    assert isinstance(decide(facts, NOW), Allow)


@pytest.mark.row("S20")
def test_a_dispute_is_the_more_protective_of_all():
    facts = child(
        consents=(yes(**by(PAULA)), no("2026-10-01 09:00", **by(PAULA)), no("2026-10-02 09:00", "dispute", **by(JUN)))
    )
    assert decide(facts, NOW).until == at("2027-03-09 00:00")
    assert reason(decide(facts, NOW)) == Reason.CONSENT_DISPUTED


@pytest.mark.row("S20")
def test_the_schools_decision_by_a_document_settles_what_was_said_before():
    dispute = no("2026-10-01 09:00", "dispute", **by(JUN))
    settled = yes("2026-10-05 09:00", by_school=True)
    assert isinstance(decide(child(consents=(yes(**by(PAULA)), dispute, settled)), NOW), Allow)
    again = no("2026-10-06 09:00", **by(JUN))
    facts = child(consents=(yes(**by(PAULA)), dispute, settled, again))
    assert reason(decide(facts, NOW)) == Reason.CONSENT_WITHDRAWN, "what is said afterwards counts"


@pytest.mark.row("S20")
def test_where_two_say_yes_the_scopes_are_what_both_gave():
    both = frozenset({Scope.USE, Scope.GRADES})
    facts = child(
        consents=(yes(**by(PAULA, scopes=both)), yes(**by(JUN, scopes=frozenset({Scope.USE, Scope.UPLOADS}))))
    )
    decision = decide(facts, NOW)
    assert isinstance(decision, Allow)
    assert decision.scopes == USE


@pytest.mark.row("S20")
def test_one_of_two_yeses_that_runs_out_leaves_the_other():
    first_ends = at("2026-12-01 00:00")
    facts = child(consents=(yes(**by(PAULA, expires_at=first_ends)), yes(**by(JUN))))
    assert decide(facts, NOW).until == first_ends
    assert isinstance(decide(facts, first_ends), Allow)


# The policy

FIRST = PolicyFacts("1", at("2026-01-01 00:00"))


@pytest.mark.row("S27")
def test_a_material_change_asks_the_family_anew_from_its_day_on():
    changed = at("2026-12-24 00:00")
    policies = (FIRST, PolicyFacts("2", changed, is_material=True))
    facts = child(consents=(yes(policy_version="1"),), policies=policies)
    assert decide(facts, NOW).until == changed
    decision = decide(facts, changed)
    assert decision == Deny(Reason.CONSENT_OUTDATED, until=at("2027-03-09 00:00"), data={"at": changed})
    assert isinstance(decision, Deny)
    assert decision.close_code == CloseCode.CONSENT_MISSING


@pytest.mark.row("S27")
def test_a_yes_to_the_changed_policy_goes_on():
    changed = at("2026-11-20 00:00")
    policies = (FIRST, PolicyFacts("2", changed, is_material=True))
    facts = child(consents=(yes(policy_version="1"), yes("2026-11-10 09:00", policy_version="2")), policies=policies)
    assert isinstance(decide(facts, NOW), Allow)


@pytest.mark.row("S27")
def test_a_change_that_is_not_material_asks_nobody():
    policies = (FIRST, PolicyFacts("2", at("2026-11-20 00:00")))
    assert isinstance(decide(child(consents=(yes(policy_version="1"),), policies=policies), NOW), Allow)


@pytest.mark.row("S27")
def test_a_yes_that_names_no_version_is_as_old_as_it_is():
    policies = (FIRST, PolicyFacts("2", at("2026-11-20 00:00"), is_material=True))
    assert reason(decide(child(policies=policies), NOW)) == Reason.CONSENT_OUTDATED
    assert isinstance(decide(child(consents=(yes("2026-11-21 09:00"),), policies=policies), NOW), Allow)


# `until`


def instants(facts: Facts) -> set[dt.datetime]:
    """Every instant that stands in the facts, with the midnights."""
    found = {at("2027-03-09 00:00"), YEAR_ENDS, at("2026-08-01 00:00")}
    for record in facts.consents:
        found |= {each for each in (record.effective_at, record.expires_at) if each}
    for school in facts.schools:
        found |= {each for each in (school.starts_at, school.ends_at) if each}
        found |= {agreement.ended_at for agreement in school.agreements if agreement.ended_at}
    return found | {policy.effective_at for policy in facts.policies}


@pytest.mark.parametrize(
    "facts",
    [
        CHILD,
        child(consents=()),
        child(consents=(yes(expires_at=at("2026-12-01 00:00")), no("2026-12-05 00:00"), yes("2026-12-09 00:00"))),
        child(schools=(replace(JUNIPER, agreements=(replace(YEAR, ended_at=at("2027-01-01 00:00")),)),)),
        child(schools=(replace(JUNIPER, ends_at=at("2026-12-12 12:00")),)),
        child(policies=(FIRST, PolicyFacts("2", at("2026-12-24 00:00"), is_material=True))),
        child(consents=(yes(**by(PAULA)), no("2026-12-01 09:00", **by(JUN)), yes("2026-12-02 09:00", **by(JUN)))),
    ],
)
def test_no_answer_changes_before_its_until(facts):
    """Walk over every instant of the facts: whenever the answer changes, `until` said so beforehand."""
    times = sorted(instants(facts) | {at("2026-07-01 00:00")})
    looks = sorted({moment for each in times for moment in (each - JUST_BEFORE, each, each + JUST_BEFORE)})
    for earlier, later in pairwise(looks):
        before, after = decide(facts, earlier), decide(facts, later)
        if replace(before, until=None) != replace(after, until=None):
            assert before.until is not None
            assert before.until <= later, (earlier, before, later, after)


def test_every_reason_closes_with_a_code_of_the_gate_and_says_who_can_help():
    codes = {reason.close_code for reason in Reason}
    assert codes == {
        CloseCode.ACCOUNT_CLOSED,
        CloseCode.SUSPENDED,
        CloseCode.NO_AGREEMENT,
        CloseCode.CONSENT_MISSING,
    }
    assert {reason.remedy for reason in Reason} == set(Remedy)
