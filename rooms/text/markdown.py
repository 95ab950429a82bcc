"""The Markdown subset of a message, on markdown-it. What isn't a rule here is text: headings, images, tables, HTML.

Work grows in proportion to the text: nesting ends at MAX_NESTING, links at URL_CHARS, and no rule looks back further
than a scheme is long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from rooms.text.links import URL_CHARS, is_safe_link

MAX_NESTING = 20

# What a code block may be in: written after the fence → its name on the block. Others are shown without a name.
LANGUAGES = {
    "bash": "Bash",
    "c": "C",
    "cpp": "C++",
    "css": "CSS",
    "csv": "CSV",
    "go": "Go",
    "html": "HTML",
    "java": "Java",
    "javascript": "JavaScript",
    "json": "JSON",
    "latex": "LaTeX",
    "markdown": "Markdown",
    "python": "Python",
    "r": "R",
    "ruby": "Ruby",
    "rust": "Rust",
    "sql": "SQL",
    "typescript": "TypeScript",
    "xml": "XML",
}
LANGUAGE_ALIASES = {"c++": "cpp", "js": "javascript", "md": "markdown", "py": "python", "rb": "ruby", "sh": "bash"} | {
    "tex": "latex",
    "ts": "typescript",
}

_MENTION = re.compile(r"@\[([1-9]\d{0,5})\]")
_SCHEME_BEFORE_COLON = re.compile(r"(?:^|[^a-z0-9.+-])(https?|mailto)\Z", re.IGNORECASE)


class Markdown(MarkdownIt):
    """markdown-it with our subset: what isn't listed in `RULES` is text."""

    RULES = {
        "core": ["normalize", "block", "inline", "linkify", "text_join"],
        "block": ["fence", "blockquote", "list", "paragraph"],
        "inline": ["text", "newline", "escape", "backticks", "emphasis", "link"],
        "inline2": ["balance_pairs", "emphasis", "fragments_join"],
    }

    def __init__(self) -> None:
        super().__init__("zero", {"maxNesting": MAX_NESTING, "html": False, "breaks": True, "linkify": True})
        for chain, rules in self.RULES.items():
            self[chain].ruler.enableOnly(rules) if chain != "inline2" else self.inline.ruler2.enableOnly(rules)
        self.inline.ruler.at("emphasis", _emphasis)
        self.inline.ruler.push("mention", _mention)
        self.inline.ruler.push("typed_link", _typed_link)
        self.block.ruler.at("list", _list, {"alt": ["paragraph", "blockquote"]})
        self.linkify = _link_finder()
        self.add_render_rule("mention", _render_mention)
        self.add_render_rule("fence", _render_fence)

    def validateLink(self, url: str) -> bool:  # noqa: N802  markdown-it calls it by this name
        return is_safe_link(url)

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link  # as typed: decoding could make one address look like another


def _link_finder() -> LinkifyIt:
    """Finds `www.…` (markdown-it's core rule); links with a scheme are `_typed_link`'s.

    Not `example.org` alone: `main.py`, `yeah.so` and `ok.no` would be links as well, in a class that writes Python.
    """
    finder = LinkifyIt({"ftp:": None, "//": None}, {"fuzzy_link": False, "fuzzy_email": False})
    host = r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?(?![a-z0-9@-])"  # bounded: it is tried at every "www."
    finder.add("www.", {"validate": f"^{host}{finder.re['src_path']}", "normalize": _add_scheme})
    return finder


def _add_scheme(_finder: Any, match: Any) -> None:
    match.url = f"https://{match.url}"


def _emphasis(state: StateInline, silent: bool) -> bool:
    """As markdown-it's, but `*` inside a word is a star, as `_` is: `3*x*2` and `2**3**2` are sums in a class."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, False)
    for _ in range(scanned.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(ord(marker), scanned.length, len(state.tokens) - 1, -1, scanned.can_open, scanned.can_close)
        )
    state.pos += scanned.length
    return True


def _list(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """As markdown-it's, but `+ 9` is a term of a sum, and numbered lists begin with 1: `49. c is 7²` is an answer."""
    first = state.bMarks[start_line] + state.tShift[start_line]
    is_next_item = state.sCount[start_line] < state.blkIndent  # of a list that has begun
    begins = state.src.startswith(("-", "*", "1.", "1)"), first) or (is_next_item and state.src[first].isdecimal())
    return begins and list_block(state, start_line, end_line, silent)


def _mention(state: StateInline, silent: bool) -> bool:
    match = _MENTION.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content, token.meta = match[0], {"seat": int(match[1])}
    state.pos = match.end()
    return True


def _typed_link(state: StateInline, silent: bool) -> bool:
    """A link that is only typed, found before its `_` and `*` become emphasis.

    One that is refused is passed over as a whole: trying again inside it would make a chain of them quadratic.
    """
    if state.src[state.pos] != ":" or state.linkLevel > 0:
        return False
    scheme = _SCHEME_BEFORE_COLON.search(state.src[max(0, state.pos - 8) : state.pos])
    if scheme is None or not (silent or state.pending.endswith(scheme[1])):
        return False
    start = state.pos - len(scheme[1])
    end = min(state.posMax, start + URL_CHARS + 1)
    link = state.md.linkify.match_at_start(state.src[start:end]) if state.md.linkify else None
    url = link.url.rstrip("*_") if link else ""
    if len(url) <= len(scheme[1]) + 1:
        return False
    if not silent:
        _push_link(state, scheme[1], url)
    state.pos = start + len(url)
    return True


def _push_link(state: StateInline, scheme: str, url: str) -> None:
    href = state.md.normalizeLink(url)
    if not state.md.validateLink(href):
        state.append_pending(url[len(scheme) :])
        return
    kept = state.pending.removesuffix(scheme)
    state.pending = ""
    state.append_pending(kept)
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = url
    state.push("link_close", "a", -1)


def _render_mention(
    _self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Any
) -> str:
    token = tokens[index]
    return f'<span class="mention" data-seat="{token.meta["seat"]}">{token.content}</span>'


def _render_fence(
    _self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Any
) -> str:
    """The shape that components/code-block.css styles; the browser adds the copy button to the head."""
    written = tokens[index].info.strip().partition(" ")[0].lower()
    language = LANGUAGE_ALIASES.get(written, written)
    name, kind = LANGUAGES.get(language, ""), f' class="language-{language}"' if language in LANGUAGES else ""
    code = escape(tokens[index].content.removesuffix("\n"), quote=False)
    head = f'<div class="code-block-head"><span>{name}</span></div>'
    # HTML parsers drop a newline right after <pre>; the <code> between keeps a blank first line.
    return f'<div class="code-block">{head}<pre tabindex="0"><code{kind}>{code}</code></pre></div>\n'


def text_of(tokens: Sequence[Token]) -> str:
    """What is left to read when the markup is gone."""
    parts = [_content(token) for token in tokens if token.type in ("inline", "fence")]
    return "\n".join(parts)


def _content(token: Token) -> str:
    if token.type != "inline":
        return token.content
    return "".join("\n" if each.type in ("softbreak", "hardbreak") else each.content for each in token.children or ())
