"""Pictures of people: taken apart and made anew, kept as files with random names under `VAR/files`.

Invariants: what was sent is never kept, only a square of our own making without any metadata; whatever is no picture,
or would unfold to more than MOST_PIXELS, is refused before it is decoded.
"""

import secrets
import struct
import zlib
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from accounts.errors import FieldInvalid

MOST_BYTES = 900_000  # a form with it fits in what the engine takes
MOST_PIXELS = 24_000_000
SIDE = 256
Image.MAX_IMAGE_PIXELS = None  # Pillow only warns at its own; ours refuses
FORMATS = ("JPEG", "PNG", "WEBP")
CONTENT_TYPE = "image/webp"
FAULTS = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, IndexError, KeyError, TypeError)

NO_PICTURE = _("This file is not a picture that can be shown. Choose a JPEG, PNG or WebP. Nothing was changed.")
TOO_LARGE = _("This picture is too large: 900 kB and 24 megapixels is the most. Nothing was changed.")


def remade(sent: bytes) -> bytes:
    """A square WebP of SIDE × SIDE pixels. Raises FieldInvalid."""
    if len(sent) > MOST_BYTES:
        raise FieldInvalid(TOO_LARGE, field="picture")
    try:
        return _square(sent)
    except FAULTS as fault:
        raise FieldInvalid(NO_PICTURE, field="picture") from fault


def _square(sent: bytes) -> bytes:
    """The head tells the size; only then is anything unfolded."""
    with Image.open(BytesIO(sent), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise FieldInvalid(TOO_LARGE, field="picture")
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded small
        upright = ImageOps.exif_transpose(image)
        plain = Image.new("RGB", upright.size, "white")
        colours = upright.convert("RGBA")
        plain.paste(colours, mask=colours.getchannel("A"))
    made = BytesIO()
    ImageOps.fit(plain, (SIDE, SIDE)).save(made, "WEBP", quality=82)
    return made.getvalue()


def keep_file(content: bytes) -> str:
    """Its name, which cannot be guessed."""
    name = secrets.token_hex(16)
    place = _place(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return name


def forget_file(name: str) -> None:
    _place(name).unlink(missing_ok=True)


def _place(name: str) -> Path:
    return Path(settings.VAR) / "files" / name
