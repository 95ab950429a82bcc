"""/drafts/: what somebody began to write and hasn't sent."""

import pytest
from django.test import Client

from accounts.models import Member
from rooms.models import Draft, Room
from tests.cast import browser_of
from tests.frontend.pages import named
from tests.rooms.test_save_draft import CANARY, kept
from tests.rooms_cast import in_state


def test_a_draft_is_listed_with_its_room_and_the_way_back(room: Room, young_student: Member) -> None:
    kept(room, young_student, f"{CANARY}, and <b>more</b>")
    page = browser_of(young_student).get("/drafts/")
    assert f"{CANARY}, and &lt;b&gt;more&lt;/b&gt;" in page.text
    assert "General" in page.text
    assert "Algebra I" in page.text
    assert f"/rooms/{room.pk}/" in [link["href"] for link in named(page, "a")]


def test_without_one_the_page_says_what_it_is_for(room: Room, young_student: Member, instructor: Member) -> None:
    kept(room, instructor)
    page = browser_of(young_student).get("/drafts/").text
    assert "No drafts." in page
    assert CANARY not in page


def test_discarding_one_leaves_the_others(room: Room, young_student: Member, instructor: Member) -> None:
    kept(room, young_student)
    kept(room, instructor)
    answer = browser_of(young_student).post(f"/drafts/{room.pk}/discard/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/drafts/")
    assert list(Draft.objects.values_list("member", flat=True)) == [instructor.pk]


def test_a_link_discards_nothing(room: Room, young_student: Member) -> None:
    kept(room, young_student)
    assert browser_of(young_student).get(f"/drafts/{room.pk}/discard/").status_code == 405
    assert Draft.objects.count() == 1


def test_a_room_that_is_not_theirs_is_not_found(room: Room, young_student: Member, stranger: Member) -> None:
    kept(room, young_student)
    assert browser_of(stranger).post(f"/drafts/{room.pk}/discard/").status_code == 404
    in_state(room, Room.State.ARCHIVED)
    assert browser_of(young_student).post(f"/drafts/{room.pk}/discard/").status_code == 404
    assert Draft.objects.count() == 1


def test_whom_nobody_knows_or_the_gate_holds_sees_none(client: Client, unconsented_student: Member) -> None:
    assert client.get("/drafts/").status_code == 302
    assert browser_of(unconsented_student).get("/drafts/").headers["Location"] == "/gate/"


@pytest.mark.row("S6")
def test_signing_out_forgets_them(room: Room, young_student: Member, instructor: Member) -> None:
    kept(room, young_student)
    kept(room, instructor)
    answer = browser_of(young_student).post("/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert list(Draft.objects.values_list("member", flat=True)) == [instructor.pk]


@pytest.mark.row("S6")
def test_signing_out_here_keeps_what_was_begun_for_the_device_that_stays(room: Room, young_student: Member) -> None:
    kept(room, young_student)
    here, there = browser_of(young_student), browser_of(young_student)
    here.post("/sign-out/")
    assert Draft.objects.filter(member=young_student).exists()
    there.post("/sign-out/")
    assert not Draft.objects.filter(member=young_student).exists()


def test_signing_out_twice_is_no_fault(client: Client, db: None) -> None:
    assert client.post("/sign-out/").status_code == 302
