"""Pictures and other files that come along with a quiz: known types only, under plain names below `media/`."""

import re
from collections.abc import Mapping

from learning.formats.prose import MEDIA_TYPES
from learning.formats.slugs import slug_of

MAX_FILE_BYTES = 16 * 1024 * 1024

# How files of each type begin, so that what a file is called is what it is.
_BEGINS = {
    "png": rb"\x89PNG\r\n\x1a\n",
    "jpg": rb"\xff\xd8\xff",
    "jpeg": rb"\xff\xd8\xff",
    "gif": rb"GIF8[79]a",
    "webp": rb"RIFF....WEBP",
    "pdf": rb"%PDF-",
    "ogg": rb"OggS",
    "mp3": rb"ID3|\xff[\xe2-\xfb]",
    "m4a": rb"....ftyp",
    "mp4": rb"....ftyp",
    "webm": rb"\x1a\x45\xdf\xa3",
    "vtt": rb"(?:\xef\xbb\xbf)?WEBVTT",
}


def is_media(name: str, data: bytes) -> bool:
    """Tell whether a file is of a type we serve, by its name and by how it begins."""
    kind = name.rsplit(".", 1)[-1].lower()
    begins = _BEGINS.get(kind)
    return (
        kind in MEDIA_TYPES
        and begins is not None
        and len(data) <= MAX_FILE_BYTES
        and re.match(begins, data, re.DOTALL) is not None
    )


def path_for(name: str, data: bytes, taken: Mapping[str, bytes]) -> str:
    """Return a path below `media/` for a file, the same for the same file, another for another one."""
    stem, _, kind = name.rsplit("/", 1)[-1].rpartition(".")
    base, number = slug_of(stem, length=60) or "tep", 1
    path = f"media/{base}.{kind.lower()}"
    while path in taken and taken[path] != data:
        number += 1
        path = f"media/{base}-{number}.{kind.lower()}"
    return path
