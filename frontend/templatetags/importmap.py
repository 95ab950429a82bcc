"""The import map of the product's browser modules, and its hash for the Content-Security-Policy.

Every file below `static/js` has a name: `js/elements/chat-room.js` is `#elements/chat-room`; a vendored one is named by
its stem (`#lit`). The text of the map is the same for every page of a process, so one hash in the policy allows it: a
change that made it differ between pages would switch off every script.
"""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

STATIC = Path(__file__).resolve().parent.parent / "static"
IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*["'](#[\w/.-]+)["']""")


@cache
def module_files() -> dict[str, str]:
    """Names of modules, with their paths below `static/`, in a fixed order."""
    found = {f"#{path.stem}": path for path in (STATIC / "vendor").glob("*.js")}
    found |= {f"#{path.relative_to(STATIC / 'js').with_suffix('')}": path for path in (STATIC / "js").rglob("*.js")}
    return {name: path.relative_to(STATIC).as_posix() for name, path in sorted(found.items())}


@cache
def import_map() -> str:
    """The JSON of the map, safe inside a script element."""
    imports = {name: static(path) for name, path in module_files().items()}
    return json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")


@cache
def import_map_source() -> str:
    """The source expression that allows the map in `script-src`."""
    digest = hashlib.sha256(import_map().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def modules_behind(entry: str) -> tuple[str, ...]:
    """The entry and all it imports, nearest first: the browser would find them one round trip at a time."""
    files, found = module_files(), [entry]
    for name in found:
        imported = IMPORTED.findall((STATIC / files[name]).read_text("utf-8"))
        found.extend(dict.fromkeys(other for other in imported if other in files and other not in found))
    return tuple(found)


@register.simple_tag
def importmap(*entries: str) -> SafeString:
    """Prints the map, a preload of every module the entries need, and a script element for each entry.

    `{% importmap "gate" %}` starts the module `#gate`; without an entry only the map is printed.
    """
    files = module_files()
    names = [f"#{entry.removeprefix('#')}" for entry in entries]
    needed = dict.fromkeys(name for entry in names for name in modules_behind(entry))
    head = format_html('<script type="importmap">{}</script>', SafeString(import_map()))
    preloads = elements('<link rel="modulepreload" href="{}">', [files[name] for name in needed])
    scripts = elements('<script type="module" src="{}"></script>', [files[name] for name in names])
    return head + preloads + scripts


def elements(form: str, paths: Sequence[str]) -> SafeString:
    return format_html_join("", "\n  " + form, ((static(path),) for path in paths))
