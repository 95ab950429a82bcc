"""QR codes as inline SVG: no file, no inline style, nothing of it is kept.

Invariant: white ground and a quiet zone of its own, so that a phone reads it in the dark theme and on paper.
"""

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET = 4  # modules of white round the code, as ISO/IEC 18004 asks


def qr_svg(text: str, label: str) -> SafeString:
    """The picture of a text; `label` is what it is to somebody who can't see it."""
    code = segno.make(text, micro=False, error="m")
    drawn = code.svg_inline(border=QUIET, omitsize=True, light="#fff")
    inner = SafeString(drawn.partition(">")[2].rpartition("</svg>")[0])
    side = code.symbol_size(border=QUIET)[0]
    return format_html(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>', label, side, side, inner
    )
