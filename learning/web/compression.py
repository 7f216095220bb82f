"""Compression of pages: gzip, with a file name of random length in its header.

The random length hides from someone who watches the line how well a guess compressed together with a secret
(the BREACH attack); a client ignores the name.
"""

import secrets
import struct
import zlib
from collections.abc import Iterable, Iterator

from flask import Flask, Response, request

MINIMUM_SIZE = 600
LEVEL = 5
LONGEST_NAME = 60
_TYPES = ("text/html", "application/json", "application/problem+json", "text/csv", "image/svg+xml")


def gzip_with_padding(data: bytes) -> bytes:
    """Return `data` as a gzip member whose header carries a random file name (RFC 1952, 2.3)."""
    return b"".join(gzip_parts([data]))


def gzip_parts(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same member while its parts come in."""
    name = b"a" * secrets.randbelow(LONGEST_NAME + 1)
    yield b"\x1f\x8b\x08\x08" + b"\x00" * 4 + b"\x00\xff" + name + b"\x00"
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    checksum, size = 0, 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
        size += len(part)
        packed = packer.compress(part)
        if packed:
            yield packed
    yield packer.flush() + struct.pack("<II", checksum, size & 0xFFFFFFFF)


def init_compression(app: Flask) -> None:
    """Compress what clients accept and is worth it, by parts what is streamed; what is encoded passes unchanged."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.direct_passthrough or response.mimetype not in _TYPES:
            return response
        response.vary.add("Accept-Encoding")
        if "Content-Encoding" in response.headers or not request.accept_encodings["gzip"]:
            return response
        if response.is_streamed:
            response.response = gzip_parts(response.iter_encoded())
            response.headers["Content-Encoding"] = "gzip"
            return response
        data = response.get_data()
        if len(data) < MINIMUM_SIZE:
            return response
        response.set_data(gzip_with_padding(data))
        response.headers["Content-Encoding"] = "gzip"
        if response.headers.get("ETag"):
            response.headers["ETag"] = f"W/{response.headers['ETag'].removeprefix('W/')}"
        return response
