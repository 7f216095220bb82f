"""Pictures are served as their pixels alone."""

import io
import struct
import zlib

import pytest
from PIL import Image

from learning.formats.pictures import MAX_PIXELS, WIDEST, BadPicture, is_picture, serve_picture
from tests.support.pictures import make_picture


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_each_kind_is_served_with_its_pixels(kind: str) -> None:
    served = serve_picture(make_picture(kind))
    assert opened(served.data).format == "WEBP"
    assert (served.width, served.height) == opened(served.data).size == (40, 30)


def test_a_drawing_loses_nothing() -> None:
    data = make_picture("PNG")
    assert opened(serve_picture(data).data).convert("RGB").tobytes() == opened(data).tobytes()


def test_what_shows_through_still_does() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (4, 4), (10, 20, 30, 0)).save(made, "PNG")
    assert opened(serve_picture(made.getvalue()).data).getchannel("A").getextrema() == (0, 0)


def test_nothing_but_pixels_comes_along() -> None:
    exif = Image.Exif()
    exif[0x010E] = "chỗ chụp bí mật"
    exif[0x0112] = 6  # lies on its side
    data = make_picture("JPEG", exif=exif, comment=b"ghi chu bi mat") + b"PK\x03\x04 an o duoi"
    served = serve_picture(data)
    assert (served.width, served.height) == (30, 40)
    for secret in (b"bi mat", "bí mật".encode(), b"an o duoi", b"Exif", b"EXIF"):
        assert secret not in served.data
    assert not dict(opened(served.data).getexif())


def test_a_wide_one_becomes_as_wide_as_a_page_needs() -> None:
    served = serve_picture(make_picture("PNG", (4000, 10)))
    assert (served.width, served.height) == (WIDEST, 4)


def bomb(width: int, height: int) -> bytes:
    """Return a PNG that says it has so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"GIF89a",
        make_picture("PNG")[:60],
        make_picture("BMP"),
        make_picture("TIFF"),
        bomb(100_000, 100_000),
        bomb(MAX_PIXELS // 1000 + 1, 1000),
        bomb(300, 300),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 5_000,
    ],
    ids=["empty", "svg", "cut gif", "cut png", "bmp", "tiff", "huge", "too large", "no pixels", "rubbish"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture):
        serve_picture(data)


def test_pictures_are_told_by_their_names() -> None:
    assert is_picture("media/A.PNG")
    assert not is_picture("media/a.mp3")
