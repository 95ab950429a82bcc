"""The two sanitisers behind the parser: bleach, then nh3. Both keep an allow-list; the lists are one and the same."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import nh3
from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner

from rooms.text.links import LINK_REL, LINK_SCHEMES, is_safe_link
from rooms.text.markdown import LANGUAGES

ALLOWED_TAGS = frozenset({"a", "blockquote", "br", "code", "div", "em", "li", "ol", "p", "pre", "span", "strong", "ul"})
ALLOWED_ATTRIBUTES = {"a": {"href"}, "pre": {"tabindex"}, "span": {"data-seat"}}
ALLOWED_CLASSES = {
    "code": {f"language-{language}" for language in LANGUAGES},
    "div": {"code-block", "code-block-head"},
    "span": {"mention"},
}


_NEVER = re.compile(r"(?!)")


def _keep_link(attributes: dict[Any, str], _new: bool) -> dict[Any, str] | None:
    return attributes if is_safe_link(attributes.get((None, "href"), "")) else None


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    match tag, name:
        case "a", "href":
            return value if is_safe_link(value) else None
        case "pre", "tabindex":
            return "0"
        case "span", "data-seat":
            return value if re.fullmatch(r"[1-9]\d{0,5}", value) else None
    return value


class Sanitizers:
    """Both sanitisers of one thread, made once: making them costs more than a message does."""

    def __init__(self) -> None:
        links = partial(
            LinkifyFilter, callbacks=[_keep_link], skip_tags={"pre", "code"}, url_re=_NEVER, email_re=_NEVER
        )
        self.bleach = Cleaner(
            tags=ALLOWED_TAGS,
            attributes={tag: sorted(names | {"class"}) for tag, names in ALLOWED_ATTRIBUTES.items()}
            | {"code": ["class"], "div": ["class"]},
            protocols=LINK_SCHEMES,
            strip=True,
            filters=[links],
        )
        self.nh3 = nh3.Cleaner(
            tags=ALLOWED_TAGS,
            attributes=ALLOWED_ATTRIBUTES,
            allowed_classes=ALLOWED_CLASSES,
            attribute_filter=_keep_attribute,
            url_schemes=LINK_SCHEMES,
            url_relative="deny",
            link_rel=LINK_REL,
        )

    def clean(self, html: str) -> str:
        """bleach first, its LinkifyFilter only asking `is_safe_link` of each link; then nh3, which has the last word.

        bleach turns `&amp;lt;` into `&lt;`, and whoever writes about HTML would read something else than they typed.
        Written as a number the ampersand survives.
        """
        return self.nh3.clean(self.bleach.clean(html.replace("&amp;", "&#38;")))
