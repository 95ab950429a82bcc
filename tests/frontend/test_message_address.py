"""The address of one message: the room around it, or the room and a sentence where it isn't there for this reader."""

from accounts.models import Member
from rooms.models import Room
from tests.cast import browser_of
from tests.rooms_cast import written

SENTENCE = "<span>That message isn&#x27;t here, or you can&#x27;t read it."


def test_an_address_of_a_message_that_isn_t_there_says_so(
    room: Room, instructor: Member, young_student: Member
) -> None:
    written(room, instructor, "Good morning.")
    browser = browser_of(young_student)
    seq = browser.get(f"/rooms/{room.pk}/?format=json").json()["messages"][0]["seq"]
    there, missing = (browser.get(f"/rooms/{room.pk}/{each}/") for each in (seq, 99999))
    assert (there.status_code, missing.status_code) == (200, 200)
    assert SENTENCE not in there.text
    assert SENTENCE in missing.text
    assert "Good morning." in missing.text
