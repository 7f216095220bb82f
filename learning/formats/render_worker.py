"""The process that renders: reads requests from its standard input, one after the other, until it is closed.

`python -m learning.formats.render_worker SECONDS` ends by itself when one request takes that long, in case
the process that started it is no longer there to end it.
"""

import json
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

from learning.formats.markdown_html import render_fragments

MEMORY_BYTES = 1024 * 1024 * 1024

_LENGTH = struct.Struct(">I")


def _write(pipe: BinaryIO, answer: dict[str, Any]) -> None:
    message = json.dumps(answer).encode()
    pipe.write(_LENGTH.pack(len(message)) + message)
    pipe.flush()


def _answer(message: bytes) -> dict[str, Any]:
    try:
        request = json.loads(message)
        html, toc = render_fragments(
            request["fragments"],
            language=request["language"],
            media_base=request["media_base"],
            strip_links=request["strip_links"],
        )
    except Exception as error:  # noqa: BLE001  (whatever breaks on a text is an answer about that text)
        return {"error": type(error).__name__}
    return {"html": html, "toc": toc}


def serve(requests: BinaryIO, answers: BinaryIO, seconds: int) -> None:
    """Answer requests until there are no more."""
    _write(answers, {})
    while len(head := requests.read(_LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(head)
        message = requests.read(length)
        signal.alarm(seconds)
        answer = _answer(message)
        signal.alarm(0)
        _write(answers, answer)


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches this process too; it ends when its input is closed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
