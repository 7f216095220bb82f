"""Small pictures made for tests."""

import io

from PIL import Image


def make_picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """Return a picture of so many pixels, each shade of gray in it once it is large enough."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(made, kind, **options)
    return made.getvalue()
