"""`./chat words`: collect every sentence of the product, and compile the translations, without gettext's programs.

English stands in the source. locale/<language>/LC_MESSAGES/django.po holds the other languages, written by people; the
.mo beside it is compiled from it and committed, since a bare machine has no msgfmt.
Invariant: the same source and the same .po give the same files, byte for byte, so that a test can ask for freshness.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
PACKAGES = ("accounts", "consent", "rooms", "moderation", "frontend", "chatserver")
LANGUAGES = ("es",)
WIDTH = 120
BEGINNING = datetime(2026, 11, 24, tzinfo=UTC)  # a date that moved would change the files without a change of words

# The functions that mark a sentence, and which of their arguments are sentence, plural, context ("c").
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def main() -> int:
    for language in LANGUAGES:
        catalog = updated(language)
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(catalog))
        path.with_suffix(".mo").write_bytes(as_mo(catalog))
        missing = untranslated(catalog)
        print(f"  {language}: {len(catalog)} sentences, {len(missing)} to translate")
    return 0


def po_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def collected() -> Catalog:
    """Every sentence of the source, in the order of files and lines."""
    catalog = Catalog(charset="utf-8")
    for path in _sources():
        place = path.relative_to(ROOT).as_posix()
        for _line, message, comments, context in _sentences(path):
            catalog.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalog


def stored(language: str) -> Catalog:
    """What people have translated so far."""
    path = po_path(language)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    else:
        catalog = Catalog(locale=language)
    catalog.header_comment = f"# ClassTrak in {language}. Written by people; ./chat words keeps it whole."
    catalog.project, catalog.version, catalog.fuzzy = "ClassTrak", "", False
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    catalog.creation_date = catalog.revision_date = BEGINNING
    return catalog


def updated(language: str) -> Catalog:
    """The translations of the sentences that the source has now; those it no longer has are dropped."""
    catalog = stored(language)
    catalog.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    return [_text(message.id) for message in catalog if message.id and (message.fuzzy or not _is_whole(message.string))]


def as_po(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=WIDTH, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    return file.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def _is_whole(translation: str | Iterable[str] | None) -> bool:
    """Every plural form has its words."""
    return bool(translation) if translation is None or isinstance(translation, str) else all(translation)


def _text(message: str | Iterable[str]) -> str:
    return message if isinstance(message, str) else next(iter(message))


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            is_source = path.suffix == ".py" or (path.suffix in (".html", ".txt") and "templates" in path.parts)
            if is_source and "migrations" not in path.parts:
                yield path


def _sentences(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    """(line, sentence or its plurals, comments, context) of each call that marks one."""
    source = path.read_text()
    if path.suffix != ".py":
        source = _as_python(source, path)
    return extract("python", io.BytesIO(source.encode()), KEYWORDS, ["Translators:"], {"encoding": "utf-8"})


def _as_python(template: str, path: Path) -> str:
    """Django's own reading of a template: its tags as calls of gettext, every other letter as an X."""
    lines = templatize(template, origin=path.name).splitlines()
    return "\n".join(line.strip() for line in lines) + "\n"  # indented text would not be Python


if __name__ == "__main__":
    sys.exit(main())
