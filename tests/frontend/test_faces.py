"""One person has one face, wherever a page shows it."""

import json
import re

from accounts.models import Member
from consent.models import School
from rooms.models import Course, Room
from tests.cast import browser_of
from tests.rooms_cast import make_direct, written

FACE = re.compile(r'<span class="avatar avatar-(\d+)"[^>]*>(\w+)</span>')
SNAPSHOT = re.compile(r'<script id="snapshot" type="application/json">(.*?)</script>', re.DOTALL)


def faces(member: Member, address: str) -> dict[str, set[int]]:
    """Initials → the colours in which they stand on a page."""
    found: dict[str, set[int]] = {}
    for tone, initials in FACE.findall(browser_of(member).get(address).text):
        found.setdefault(initials, set()).add(int(tone))
    return found


def test_one_s_own_face_is_the_same_on_every_page(
    instructor: Member, young_student: Member, parent: Member, school_admin: Member, school: School, room: Room
) -> None:
    written(room, instructor, "good morning")
    mine = instructor.pk % 12 + 1
    assert faces(instructor, f"/rooms/{room.pk}/")["MR"] == faces(young_student, f"/rooms/{room.pk}/")["MR"] == {mine}
    child = faces(parent, "/family/")["DK"]
    assert child == faces(school_admin, f"/school/{school.pk}/consents/")["DK"] == {young_student.pk % 12 + 1}


def test_a_chat_of_two_has_the_face_of_the_other_in_page_list_and_json(
    course: Course, instructor: Member, young_student: Member, parent: Member
) -> None:
    direct = make_direct(course, instructor, young_student)
    devon, rivera = ("DK", young_student.pk % 12 + 1), ("MR", instructor.pk % 12 + 1)
    for member, (initials, tone) in ((instructor, devon), (young_student, rivera), (parent, devon)):
        assert faces(member, f"/rooms/{direct.pk}/")[initials] == {tone}
        found = SNAPSHOT.search(browser_of(member).get(f"/rooms/{direct.pk}/").text)
        assert found is not None
        (state,) = [each for each in json.loads(found[1])["rooms"] if each["room"] == direct.pk]
        assert (state["initials"], state["avatar"]) == (initials, tone)


def test_the_reader_s_own_face_is_in_the_json(instructor: Member, room: Room) -> None:
    me = browser_of(instructor).get(f"/rooms/{room.pk}/?format=json").json()["me"]
    assert (me["initials"], me["avatar"]) == ("MR", instructor.pk % 12 + 1)
