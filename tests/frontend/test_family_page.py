"""A parent's home: the own children, how the consent stands, the rooms to read along."""

from accounts.models import Member
from consent.actions.consents import withdraw_consent
from consent.actions.guardians import link_guardian
from rooms.models import Room
from tests.cast import SYSTEM, browser_of


def test_a_parent_sees_the_child_and_the_rooms_to_read(parent: Member, room: Room) -> None:
    page = browser_of(parent).get("/family/").text
    assert "Devon K." in page
    assert "Grade 8" in page
    assert "Consent active" in page
    assert f'href="/rooms/{room.pk}/"' in page
    assert "General" in page
    assert "Algebra I" in page


def test_other_children_appear_nowhere(parent: Member, unconsented_student: Member) -> None:
    page = browser_of(parent).get("/family/").text
    assert "Devon" in page
    assert "Sofia" not in page


def test_the_family_keeps_reading_when_the_consent_ended(parent: Member, young_student: Member, room: Room) -> None:
    withdraw_consent(SYSTEM, young_student, grantor="Paula Kim")
    page = browser_of(parent).get("/family/").text
    assert "Not open yet" in page
    assert f"/rooms/{room.pk}/" in page


def test_a_child_who_waits_needs_an_answer(parent: Member, unconsented_student: Member) -> None:
    link_guardian(SYSTEM, parent, unconsented_student)
    page = browser_of(parent).get("/family/").text
    assert "Sofia needs your answer" in page


def test_without_a_linked_child_the_page_says_where_to_get_a_code(stranger: Member) -> None:
    assert "No child is linked to you right now." in browser_of(stranger).get("/family/").text
