"""Pictures of people: made anew, and refused when they are none or would unfold to too much (S5)."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from accounts.actions.pictures import MOST_BYTES, SIDE, remade
from accounts.actions.profiles import choose_audience, delete_field, keep_picture
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Member, ProfileField
from tests.cast import acting, browser_of, confirmed_browser_of, make_member

pytestmark = pytest.mark.django_db
PLACE = b"Springfield 41.2 N"


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    return tmp_path


def picture(kind: str = "JPEG", size: tuple[int, int] = (600, 400), **how: Any) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, (20, 120, 90)).save(made, kind, **how)
    return made.getvalue()


def with_metadata() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = PLACE.decode()  # description
    exif[0x0112] = 6  # turned
    return picture(exif=exif, comment=PLACE)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int = 40_000) -> bytes:
    """A PNG of a few kilobytes that would unfold to gigabytes."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)) + chunk(b"IEND", b"")


def files(var: Path) -> list[str]:
    return [path.name for path in (var / "files").glob("*")] if (var / "files").exists() else []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_a_small_square_of_our_own(kind: str) -> None:
    with Image.open(BytesIO(remade(picture(kind)))) as made:
        assert (made.format, made.size, made.mode) == ("WEBP", (SIDE, SIDE), "RGB")


def test_what_a_camera_wrote_into_it_is_gone() -> None:
    sent = with_metadata()
    assert PLACE in sent
    made = remade(sent)
    assert PLACE not in made
    with Image.open(BytesIO(made)) as image:
        assert not image.getexif()
        assert image.info.keys().isdisjoint({"exif", "xmp", "icc_profile", "comment"})


def test_what_is_hung_on_behind_is_gone() -> None:
    script = b"<script>alert(1)</script>PK\x03\x04"
    assert script not in remade(picture("PNG") + script)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"\xff\xd8\xff\xe0" + b"\0" * 200,
        b"%PDF-1.7\n",
        picture("PNG")[:200],
        picture("JPEG")[:100],
        b"RIFF\x10\0\0\0WEBPVP8 " + b"\xff" * 8,
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
    ],
)
def test_what_is_no_picture_is_refused_and_changes_nothing(stranger: Member, var: Path, sent: bytes) -> None:
    kept = keep_picture(acting(stranger), stranger, picture())
    with pytest.raises(FieldInvalid) as refused:
        keep_picture(acting(stranger), stranger, sent)
    assert refused.value.text == (
        "This file is not a picture that can be shown. Choose a JPEG, PNG or WebP. Nothing was changed."
    )
    assert files(var) == [kept]


@pytest.mark.parametrize("sent", [bomb(), bomb(7_000), b"\xff\xd8" + b"\0" * MOST_BYTES])
def test_what_would_unfold_to_too_much_is_refused_before_it_does(stranger: Member, var: Path, sent: bytes) -> None:
    with pytest.raises(FieldInvalid) as refused:
        keep_picture(acting(stranger), stranger, sent)
    assert refused.value.text.startswith("This picture is too large")
    assert files(var) == []


@pytest.mark.row("S3")
@pytest.mark.row("S5")
def test_a_picture_is_served_to_its_audience_alone_and_gone_when_it_is_deleted(
    stranger: Member, var: Path, django_capture_on_commit_callbacks: Any
) -> None:
    other, nobody = browser_of(make_member()), browser_of(make_member())
    name = keep_picture(acting(stranger), stranger, picture())
    address = f"/files/{name}/"
    assert browser_of(stranger).get(address).status_code == 200
    assert other.get(address).status_code == 404
    choose_audience(acting(stranger), stranger, ProfileField.Field.PICTURE, ProfileField.Audience.MEMBERS)
    answer = other.get(address)
    assert answer.status_code == 200
    assert {key: answer.headers[key] for key in ("Content-Type", "Cache-Control", "X-Content-Type-Options")} == {
        "Content-Type": "image/webp",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    with django_capture_on_commit_callbacks(execute=True):
        second = keep_picture(acting(stranger), stranger, picture("PNG"))
    assert files(var) == [second]
    assert nobody.get(address).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        delete_field(acting(stranger), stranger, ProfileField.Field.PICTURE)
    assert files(var) == []
    assert nobody.get(f"/files/{second}/").status_code == 404


def test_a_young_student_has_no_picture(young_student: Member, var: Path) -> None:
    with pytest.raises(NotAllowed):
        keep_picture(acting(young_student), young_student, picture())
    assert files(var) == []
    assert 'name="picture"' not in confirmed_browser_of(young_student).get("/account/profile/edit/").text


def test_the_form_takes_a_picture_and_says_what_is_none(
    stranger: Member, var: Path, django_capture_on_commit_callbacks: Any
) -> None:
    client = confirmed_browser_of(stranger)
    sent = BytesIO(picture())
    sent.name = "../../me.jpg"
    assert client.post("/account/profile/picture/", {"picture": sent}).headers["Location"] == "/account/profile/"
    (name,) = files(var)
    assert f"/files/{name}/" in client.get("/account/profile/").text
    text = BytesIO(b"words")
    text.name = "me.jpg"
    page = client.post("/account/profile/picture/", {"picture": text})
    assert page.status_code == 422
    assert "This file is not a picture that can be shown." in page.text
    assert files(var) == [name]
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/profile/picture/", {"delete": "picture"})
    assert files(var) == []
