"""Profiles in real browsers: what is opened or closed holds on the page that somebody else has open, and a name put
right holds in the rooms."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from accounts.actions.pictures import MOST_BYTES
from tests.browser.browse import Browse, sign_in
from tests.browser.chat import ChatPage, connected
from tests.browser.test_account_pages import fits
from tests.live import Person

MS = 15_000  # until a photo is made smaller here and made anew there


def picture() -> bytes:
    """As large as a phone makes them, and larger than a page may send: the browser makes it smaller."""
    made = BytesIO()
    Image.effect_noise((1600, 1200), 90).save(made, "PNG")
    assert len(made.getvalue()) > MOST_BYTES
    return made.getvalue()


@pytest.mark.row("S3")
def test_what_is_opened_and_closed_holds_on_pages_that_others_have_open(
    browse: Browse, people: dict[str, Person]
) -> None:
    own, other = browse(), browse()
    sign_in(own, people["tobias.r"])
    own.goto("/account/profile/edit/")
    fits(own)
    own.get_by_label("About me").fill("I play the trumpet.")
    own.get_by_role("button", name="Save").click()
    own.goto("/account/profile/edit/")
    own.get_by_label("Picture").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": picture()})
    own.get_by_role("button", name="Take this picture").click()
    expect(own.get_by_role("status")).to_have_text("That is your picture now. Choose who sees it.", timeout=MS)
    own.get_by_label("Who sees: About me").select_option("People in my courses")
    own.get_by_role("button", name="Save").click()
    fits(own)

    sign_in(other, people["anjali.m"])
    other.goto(str(own.get_by_role("link", name="The page itself").get_attribute("href")))
    expect(other.get_by_text("I play the trumpet.")).to_be_visible()
    expect(other.locator("img")).to_have_count(0)
    fits(other)
    own.get_by_label("Who sees: Picture").select_option("Members")
    own.get_by_label("Who sees: About me").select_option("Only me")
    own.get_by_role("button", name="Save").click()
    expect(other.locator("img")).to_have_js_property("naturalWidth", 256)
    expect(other.get_by_text("I play the trumpet.")).to_have_count(0)
    own.goto("/account/data/")
    fits(own)
    own.get_by_role("button", name=re.compile("Close.*Picture")).click()
    expect(other.locator("img")).to_have_count(0)
    own.goto("/account/leave/")
    fits(own)


@pytest.mark.row("S3")
@pytest.mark.row("S5")
def test_a_name_put_right_is_read_in_open_rooms(browse: Browse, people: dict[str, Person]) -> None:
    writer, reader = ChatPage(browse()), ChatPage(browse())
    for chat, name in ((writer, "tobias.r"), (reader, "anjali.m")):
        sign_in(chat.page, people[name])
        chat.page.goto("/rooms/")
        connected(chat)
    writer.write("who am i")
    expect(reader.message("who am i")).to_be_visible()
    author = reader.page.locator(".message-name").last  # one name stands over all that somebody says in a row
    expect(author).to_have_text("Tobias R.")
    own = writer.page
    own.goto("/account/profile/edit/")
    own.get_by_label("Given name").fill("Tobi")
    own.get_by_label("Full name").fill("Tobi Reyes")
    own.get_by_role("button", name="Save").click()
    expect(author).to_have_text("Tobi R.")
