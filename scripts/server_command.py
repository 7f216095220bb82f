"""The one place that says with which web server, and how, the site is served."""

import sys
from pathlib import Path

THREADS = 4  # of each process; measured, docs/decisions/0002-wsgi-server.md


def server_command(host: str, port: int, workers: int, *, application: str = "wsgi:app") -> list[str]:
    """Return the command line of the web server, to be run from the folder that holds the application."""
    return [
        *(sys.executable, str(Path(__file__).with_name("web_server.py"))),
        *("--host", host, "--port", str(port), "--workers", str(workers), "--threads", str(THREADS)),
        application,
    ]
