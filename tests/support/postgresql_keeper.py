"""The process that owns the tests' private PostgreSQL, so that the server never outlives the tests.

It is started by whichever worker needs the server first, in a session of its own, makes and starts the
server as an unprivileged user, says `ready`, and waits until the test run is over: told by SIGTERM, or
because the run's process is gone, however it ended. Then it stops the server and removes what the run left.

Usage: python postgresql_keeper.py PROGRAMS FOLDER PID
"""

import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

SETTINGS = (
    "listen_addresses=''",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "timezone=UTC",
)
UNPRIVILEGED = ("postgres", "nobody")
POLL_SECONDS = 0.5


class Server:
    """One PostgreSQL server in one folder, reachable through a socket in it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.account = self._account()
        self.programs = self._reachable(programs)

    @staticmethod
    def _account() -> pwd.struct_passwd | None:
        """Return the unprivileged user to become: PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        return next(known[name] for name in UNPRIVILEGED if name in known)

    def _run(self, *command: object, check: bool = True) -> int:
        words = [str(word) for word in command]
        identity = {}
        if self.account:
            identity = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        with (self.folder / "log").open("a") as log:
            result: subprocess.CompletedProcess[bytes] = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
                check=check,
                **identity,  # type: ignore[call-overload]
            )
        return result.returncode

    def _reachable(self, programs: Path) -> Path:
        """Return the folder of programs, or a copy of their installation where the user cannot enter it."""
        try:
            self._run(programs / "postgres", "--version")
        except (OSError, subprocess.CalledProcessError):
            installation, package = programs.parent, programs.parent.parent
            copy = self.folder / "installation"
            shutil.copytree(installation, copy / package.name / installation.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")  # where wheels keep what they link to
            if libraries.is_dir():
                shutil.copytree(libraries, copy / libraries.name)
            return copy / package.name / installation.name / programs.name
        return programs

    def start(self) -> None:
        """Make the cluster and start it."""
        self.data.mkdir(mode=0o700)
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
            os.chown(self.data, self.account.pw_uid, self.account.pw_gid)
        self._run(
            *(self.programs / "initdb", "-D", self.data, "-U", "tests", "-A", "trust"),
            *("--no-sync", "-E", "UTF8", "--locale=C.UTF-8"),
        )
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        self._run(
            *(self.programs / "pg_ctl", "-D", self.data, "-w", "-l", self.folder / "server-log"),
            *("-o", f"{options} -k {self.folder}", "start"),
        )

    def stop(self) -> None:
        """Stop the server at once: nothing in it is worth keeping."""
        self._run(self.programs / "pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop", check=False)


def say(words: str) -> None:
    """Tell the worker that waits."""
    sys.stdout.write(words)
    sys.stdout.flush()


def is_alive(process: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_for_end(process: int, told: int) -> bool:
    """Wait until `told` has something to read or the process has ended; tell whether it was told."""
    watched = [told]
    if hasattr(os, "pidfd_open") and is_alive(process):
        watched.append(os.pidfd_open(process))  # readable as soon as the process ends
    while is_alive(process):
        readable, _, _ = select.select(watched, [], [], POLL_SECONDS)
        if readable:
            return told in readable
    return False


def main() -> None:
    """Keep the server from its start until the tests are over."""
    programs, folder, process = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        server = Server(programs, folder)
        try:
            server.start()
        except (OSError, subprocess.CalledProcessError) as error:
            log = folder / "log"
            say(f"PostgreSQL did not start: {error}\n{log.read_text() if log.exists() else ''}")
            return
        say("ready\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on
        was_told = wait_for_end(process, told)
        server.stop()
        if not was_told:
            shutil.rmtree(folder.parent, ignore_errors=True)  # nobody else is left to do it
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
