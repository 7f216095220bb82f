"""Pictures as they are served: made anew from their pixels, so that nothing else of a file comes along.

What goes is where and with what a picture was taken, and whatever hides behind it; the original is kept for export.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

WIDEST = 1600  # pixels; twice the width of a text on a good screen
MAX_PIXELS = 40_000_000
PICTURE_TYPES = ("png", "jpg", "jpeg", "gif", "webp")

_READ = ("PNG", "JPEG", "GIF", "WEBP")
_QUALITY = 80


class BadPicture(Exception):
    """The bytes are no picture of a kind that is taken, or one with too many pixels."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to serve, as WebP; sizes in pixels."""

    data: bytes
    width: int
    height: int


def is_picture(path: str) -> bool:
    """Tell whether a file is a picture by its name."""
    return path.rsplit(".", 1)[-1].lower() in PICTURE_TYPES


def serve_picture(data: bytes) -> Picture:
    """Return the picture as it is served: upright, no wider than 1,600 pixels; the first frame of a moving one.

    Photographs lose what nobody sees, drawings nothing. Raises BadPicture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_READ) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise BadPicture
                is_photo = opened.format == "JPEG"
                picture = ImageOps.exif_transpose(opened)
                picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
    ) as error:
        raise BadPicture from error
    if picture.width > WIDEST:
        height = max(1, round(picture.height * WIDEST / picture.width))
        picture = picture.resize((WIDEST, height), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    # What the opened file said of itself stays behind: only pixels are written.
    plain = Image.new(picture.mode, picture.size)
    plain.paste(picture)
    plain.save(made, "WEBP", quality=_QUALITY, lossless=not is_photo, method=4)
    return Picture(made.getvalue(), *plain.size)
