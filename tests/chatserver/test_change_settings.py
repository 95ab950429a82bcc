"""A choice reaches the open sockets of the person who chose: what the server says there from then on is in the new
language, and the page is told so, in whichever process it is."""

from tests.chatserver.conftest import DEVON, JADA, RIVERA, Enter, School
from tests.socket_client import SocketClient

ENGLISH = "The server doesn't know what this page asked for. Reload the page; your text is kept."
SPANISH = "El servidor no conoce lo que pidió esta página. Vuelve a cargarla; tu texto se conserva."
CHOOSE = (
    "from accounts.actor import Actor; from accounts.models import Member\n"
    "from accounts.actions.settings import change_settings\n"
    "member = Member.objects.get(sign_in_name=name); change_settings(Actor.of_member(member), member, **wanted)"
)


async def refusal(client: SocketClient) -> str:
    """A sentence of the server's."""
    return str((await client.ask("nonsense"))["text"])


async def test_a_socket_begins_with_what_its_member_has_chosen(enter: Enter) -> None:
    rivera = await enter(RIVERA)
    assert rivera.ready["member"]["settings"] == {
        "locale": "en",
        "time_zone": "America/Chicago",
        "theme": "system",
        "sending_key": "enter",
        "single_keys": True,
        "announcements": "all",
    }


async def test_a_chosen_language_reaches_an_open_socket(school: School, enter: Enter) -> None:
    devon, jada = await enter(DEVON), await enter(JADA)
    assert await refusal(devon) == ENGLISH
    school.browser(DEVON).fill_in("/gate/", action="/language/", language="es")
    told = await devon.event("settings.changed")
    assert told["settings"]["locale"] == "es"
    assert await refusal(devon) == SPANISH
    assert await refusal(jada) == ENGLISH
    assert not [frame for frame in jada.frames if frame["t"] == "settings.changed"]


async def test_a_choice_made_in_another_process_reaches_it_too(school: School, enter: Enter) -> None:
    jada = await enter(JADA)
    school.elsewhere(CHOOSE, name=JADA, wanted={"theme": "dark", "sending_key": "ctrl_enter"})
    told = await jada.event("settings.changed")
    assert (told["settings"]["theme"], told["settings"]["sending_key"]) == ("dark", "ctrl_enter")
    assert (await enter(JADA)).ready["member"]["settings"] == told["settings"]


async def test_other_changes_of_access_are_not_taken_for_a_choice(school: School, enter: Enter) -> None:
    rivera = await enter(RIVERA)
    school.elsewhere(
        "from django.db import transaction; from accounts.actions.access import bump_access\n"
        "with transaction.atomic(): bump_access([member], reason='test')",
        member=school.member(RIVERA),
    )
    await rivera.event("access.changed")
    assert not [frame for frame in rivera.frames if frame["t"] == "settings.changed"]
