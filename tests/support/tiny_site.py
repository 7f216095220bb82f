"""A WSGI application of a few lines for the tests of the web server; it stands in for the site."""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret

posts = 0

# A test that cannot wait for half a minute shortens the limits of the server, which runs as `__main__`.
for pair in filter(None, os.environ.get("LIMITS", "").split(",")):
    name, _, value = pair.partition("=")
    if not hasattr(sys.modules["__main__"], name):
        raise AttributeError(name)
    setattr(sys.modules["__main__"], name, int(value))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer by the path."""
    global posts  # noqa: PLW0603  (counts what reached this process)
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] == "POST":
        posts += 1
        answer = str(len(environ["wsgi.input"].read())).encode()
    elif path == "/hash":
        answer = hash_secret(b"x", b"of the test", 2, 19 * 1024, 1, 16, Type.ID)  # as signing in does
    elif path == "/held":
        answer = Path("gate").read_bytes()  # a FIFO: waits until the test has written to it
    elif path == "/endless":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 65536 for _ in range(10_000))
    else:
        answer = {"/process": str(os.getpid()), "/posts": str(posts)}.get(path, "here").encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
