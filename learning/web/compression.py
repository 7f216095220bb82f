"""Compression of pages: gzip, with a file name of random length in its header.

The random length hides from someone who watches the line how well a guess compressed together with a secret
(the BREACH attack); a client ignores the name.
"""

import secrets
import struct
import zlib

from flask import Flask, Response, request

MINIMUM_SIZE = 600
LEVEL = 5
LONGEST_NAME = 60
_TYPES = ("text/html", "application/json", "application/problem+json", "text/csv", "image/svg+xml")


def gzip_with_padding(data: bytes) -> bytes:
    """Return `data` as a gzip member whose header carries a random file name (RFC 1952, 2.3)."""
    name = b"a" * secrets.randbelow(LONGEST_NAME + 1)
    header = b"\x1f\x8b\x08\x08" + b"\x00" * 4 + b"\x00\xff" + name + b"\x00"
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    return header + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def init_compression(app: Flask) -> None:
    """Compress what clients accept and is worth it; streamed and already encoded responses pass unchanged."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.is_streamed or response.direct_passthrough or response.mimetype not in _TYPES:
            return response
        response.vary.add("Accept-Encoding")
        if "Content-Encoding" in response.headers or not request.accept_encodings["gzip"]:
            return response
        data = response.get_data()
        if len(data) < MINIMUM_SIZE:
            return response
        response.set_data(gzip_with_padding(data))
        response.headers["Content-Encoding"] = "gzip"
        if response.headers.get("ETag"):
            response.headers["ETag"] = f"W/{response.headers['ETag'].removeprefix('W/')}"
        return response
