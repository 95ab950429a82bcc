"""What asks for a secret, in two languages, and what doesn't though it speaks of one."""

import time

import pytest

from accounts.mail import asks_for_secrets

ASKING = """
Please send me your password.
Reply with your account ID and your name
What is your password?
What's your PIN?
Your SSN, please
Enter your card number below.
We need your social security number by Friday.
Password: ______
Account number: [ ]
Password:
Text me your PIN
send your pass word to the office
SEND ME YOUR PASSWORD
Please verify your account by replying with your login details
We never ask by phone, so send your password by email.
Do not be late, and send your password.
I need a photo with your credit card number
Confirm your identity: type your national ID number here
Your password is required to open the course
Could you share the login credentials with me?
Tell us your driver's license number
Send me your p\u200bassword
Send me your \u202fpassword
Envíeme su contraseña
¿Cuál es tu contraseña?
Necesitamos su número de tarjeta
Escribe tu DNI aquí
Confirme su número de seguridad social
Responda con su identificador de cuenta
Número de cuenta: ____
Mándame tu clave
Indique su cédula y su nombre
Nunca llegues tarde y envía tu contraseña.
Su contraseña, por favor
Introduzca los datos de su tarjeta
Su número de tarjeta es necesario
Dime tu contraseña para ayudarte
""".strip().splitlines()

NOT_ASKING = """
We never ask for your password, account ID, card or ID numbers, by email or by phone.
Never share your password with anybody.
Do not send anybody your password.
Don't tell anyone your password!
Nobody will ask for your password.
Somebody asked for a new password for your account.
Choose a new password
Open this page to choose a new password:
Your password was changed. If it wasn't you, tell your school.
Send me your homework by Friday.
Bring your library card. We read chapter 3.
Enter the code on the page.
Reply to this mail with the name of your book.
What is your favourite number?
We need two volunteers for the card game on Monday.
Put this code into the page that is open:
The passport unit starts on Monday; send me your drawings.
Write your name on the card that I give you.
Nunca le pedimos su contraseña, su identificador de cuenta ni números de tarjeta o de identidad, ni por correo.
No comparta su contraseña con nadie.
Nunca envíes tu contraseña.
Elija una contraseña nueva
Se cambió su contraseña.
Escriba su nombre y lea el capítulo 3.
La clave de respuestas está en la página 3.
Traiga su tarjeta de la biblioteca.
Envíeme su tarea antes del viernes.
Pon este código en la página que tienes abierta.
""".strip().splitlines()


@pytest.mark.row("S7")
@pytest.mark.parametrize("text", ASKING)
def test_a_request_is_found(text: str) -> None:
    assert asks_for_secrets(text) != []


@pytest.mark.row("S7")
@pytest.mark.parametrize("text", NOT_ASKING)
def test_what_is_no_request_is_let_through(text: str) -> None:
    assert asks_for_secrets(text) == []


def test_a_span_is_of_the_text_as_it_was_written() -> None:
    text = "Hola:\n\nénvíeme  su CONTRASEÑA y su nombre.\nPIN: ____"
    spans = asks_for_secrets(text)
    assert [span.text for span in spans] == ["énvíeme  su CONTRASEÑA", "PIN: ____"]
    assert [text[span.start : span.end] for span in spans] == [span.text for span in spans]


def test_all_of_the_texts_together_are_found_one_by_one() -> None:
    assert len(asks_for_secrets("\n".join(ASKING))) >= len(ASKING)
    assert asks_for_secrets("\n".join(NOT_ASKING)) == []


@pytest.mark.parametrize(
    "text", ["send " * 4000, "send your " * 2000, "your password" * 1500, "a" * 20000, "_" * 20000]
)
def test_no_text_makes_it_slow(text: str) -> None:
    """A pattern that grows with the square of the text would take minutes: the suite's own limit says so."""
    used = time.process_time()
    asks_for_secrets(text)
    assert time.process_time() - used < 10
