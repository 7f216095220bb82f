"""Start the site: make ready what must be ready, then become the web server.

A thin launcher, `python -m scripts.serve`. What the site itself knows (migrations, shipped courses,
demonstration data) is one `flask` command; this file settles the settings that must stand before it. The site is
loaded once: the command runs in a process forked from this one, which then serves, with nothing left of it.
"""

import argparse
import logging
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from dotenv import dotenv_values
from flask.cli import ScriptInfo

from scripts.server_command import THREADS
from scripts.web_server import listen, load, serve

ROOT = Path(__file__).resolve().parent.parent
SECRET_CHARACTERS = 32
DIFFERENT_CHARACTERS = 10
PLACEHOLDERS = ("change", "default", "example", "password", "secret")  # words of guides, not of chance
SECRET_BYTES = 48
MOST_WORKERS = 4

log = logging.getLogger("serve")


class CannotStart(Exception):
    """The site cannot be started; the message says why and what to do."""


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what `.env` adds to it; the environment wins."""
    from_file = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
    return {**from_file, **environ}


def number(values: Mapping[str, str], name: str, default: int, largest: int) -> int:
    """Return a setting as a whole number from 1 on; raises CannotStart."""
    text = values.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= largest):
        raise CannotStart(f"{name} must be a whole number from 1 to {largest}, not {text!r}.")
    return int(text)


def keep_secret(data_dir: Path) -> str:
    """Return the demonstration's own secret, made once and readable by its owner alone."""
    path = data_dir / "secret-key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    secret = secrets.token_hex(SECRET_BYTES)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
    return secret


def with_demo_defaults(values: Mapping[str, str], port: int) -> dict[str, str]:
    """Fill in what a demonstration may leave unset."""
    filled = dict(values)
    filled["DATA_DIR"] = str(ROOT / (filled.get("DATA_DIR") or "instance"))
    filled["SECRET_KEY"] = filled.get("SECRET_KEY") or keep_secret(Path(filled["DATA_DIR"]))
    filled["SITE_URL"] = filled.get("SITE_URL") or f"http://127.0.0.1:{port}"
    return filled


def check_production(values: Mapping[str, str]) -> None:
    """Refuse to serve people with a missing or guessable secret or without an address; raises CannotStart."""
    secret = values.get("SECRET_KEY", "")
    is_guessable = len(set(secret)) < DIFFERENT_CHARACTERS or any(
        word in secret.lower() for word in PLACEHOLDERS
    )
    if len(secret) < SECRET_CHARACTERS or is_guessable:
        raise CannotStart(
            f"SECRET_KEY must be set, random, with {SECRET_CHARACTERS} characters or more. Make one by:"
            " python3 -c 'import secrets; print(secrets.token_hex(48))'"
        )
    if not values.get("SITE_URL"):
        raise CannotStart("SITE_URL must be set to the address people use, such as https://hoc.example.")


def check_port(host: str, port: int) -> None:
    """Find out before anything is changed whether the address can be served on; raises CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or error
            raise CannotStart(f"{host}:{port}: {reason}. Choose another: PORT={port + 1}") from error


def start(*, demo: bool) -> NoReturn:
    """Prepare the site and become its web server; raises CannotStart."""
    values = settings(os.environ)
    host = values.get("HOST") or "127.0.0.1"
    port = number(values, "PORT", 8000, 65535)
    workers = number(values, "WORKERS", min(MOST_WORKERS, os.cpu_count() or 1), 64)
    if demo:
        values = with_demo_defaults(values, port)
    else:
        check_production(values)
    check_port(host, port)
    sys.dont_write_bytecode = False  # compiling everything anew takes half of a start
    os.environ.update(values)
    os.chdir(ROOT)
    application = load("wsgi:app")
    if not run_apart(application, ["site", "prepare", *(["--demo"] if demo else [])]):
        raise CannotStart("The site could not be made ready; the reason stands above.")
    try:
        listener = listen(host, port)
    except OSError as error:
        raise CannotStart(f"{host}:{port}: {error.strerror or error}.") from error
    print(f"Serving on {values['SITE_URL']} (Ctrl+C stops it)", flush=True)
    sys.exit(
        serve(application, listener, workers=workers, threads=THREADS, beside=lambda: work_jobs(application))
    )


def work_jobs(application: Any) -> None:
    """Work off what waits in the queue of the application, until told to stop."""
    command = ScriptInfo(create_app=lambda: application)
    application.cli.main(["jobs", "work"], "flask", obj=command, standalone_mode=False)


def run_apart(application: Any, arguments: list[str]) -> bool:
    """Run a command of the application in a process of its own; returns whether it succeeded."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    status: object = 1
    try:
        application.cli.main(arguments, "flask", obj=ScriptInfo(create_app=lambda: application))
    except SystemExit as end:
        status = end.code or 0
    except Exception:
        log.exception("the command broke")
    finally:
        sys.stdout.flush()
        os._exit(status if isinstance(status, int) else 1)


def main() -> NoReturn:
    """Read the command line and start; end with 1 and one clear line when that is impossible."""
    parser = argparse.ArgumentParser(description="Start the site.")
    parser.add_argument("--demo", action="store_true", help="with demonstration data, for trying out")
    try:
        start(demo=parser.parse_args().demo)
    except CannotStart as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
