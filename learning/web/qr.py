"""Codes that a phone reads from a screen or from paper, as SVG in the page: no style in it, no request for it."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """Return the code of a text as an SVG; what it says stands beside it as text, so that readers aloud skip it."""
    svg = segno.make(text, error="m", micro=False).svg_inline(
        omitsize=True, border=2, svgclass="qr", lineclass=None, dark="#000", light="#fff"
    )
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S704  (made here from nothing foreign)
