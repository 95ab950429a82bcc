"""A consent taken back and given again, as classmates see it: the messages go while they look, and come back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.browse import Browse, sign_in
from tests.browser.chat import enter
from tests.browser.test_gate_page import open_record, record_yes
from tests.live import Person

WORDS = re.compile("the corner is 9|the strips are 3x")
HEARD_MS = 15_000


@pytest.mark.row("S20")
@pytest.mark.timeout(120)
def test_classmates_see_the_messages_go_and_come_again(browse: Browse, people: dict[str, Person]) -> None:
    amara, kenji, ruth = enter(browse, people["amara.d"]), enter(browse, people["kenji.o"]), browse()
    teacher = enter(browse, people["m.rivera"])
    amara.write("the corner is 9, i checked")
    amara.write("and the strips are 3x each")
    kenji.write("so it is a whole square")
    for page in (kenji, teacher):
        expect(page.message("so it is a whole square")).to_be_visible()
        expect(page.message("the corner is 9, i checked")).to_be_visible()

    sign_in(ruth, people["r.lindqvist"])
    open_record(ruth, "Amara")
    ruth.get_by_label("What happened").select_option("withdraw")
    ruth.get_by_label("Who told the school").fill("Simone Diallo")
    ruth.get_by_label("How it was said").select_option("phone")
    ruth.get_by_role("button", name="Take consent back").click()

    amara.page.wait_for_url("**/gate/")
    expect(kenji.messages.filter(has_text=WORDS)).to_have_count(0)
    expect(kenji.message("so it is a whole square")).to_be_visible()
    for gone in (WORDS, re.compile("Amara")):  # what was said to a screen reader goes too, a little later
        expect(kenji.page.get_by_text(gone)).to_have_count(0, timeout=HEARD_MS)
    expect(teacher.message("the corner is 9, i checked")).to_be_visible()

    record_yes(ruth, "Simone Diallo")
    amara.page.wait_for_url(re.compile(r"/rooms/\d+/"))
    expect(kenji.message("the corner is 9, i checked")).to_be_visible()
    assert kenji.texts("corner is 9|strips are 3x|whole square") == [
        "the corner is 9, i checked",
        "and the strips are 3x each",
        "so it is a whole square",
    ]
    kenji.page.reload()
    expect(kenji.message("the corner is 9, i checked")).to_be_visible()
