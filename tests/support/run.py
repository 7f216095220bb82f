"""One test run: the folder its processes share, and what is made in it once for all of them.

With xdist a run is a controller and several workers. The controller makes the folder and removes it; a worker
that needs something first makes it under a lock, and the others find it made.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import program

KEEPER = Path(__file__).with_name("postgresql_keeper.py")


@dataclass(frozen=True)
class Run:
    """The shared folder and the process whose end is the end of the run."""

    folder: Path
    process: int

    @classmethod
    def begin(cls) -> "Run":
        """Make the folder; its path is short, because a socket's path may have 107 bytes only."""
        parent = "/tmp" if os.access("/tmp", os.W_OK) else None  # noqa: S108  (mkdtemp makes it private)
        folder = Path(tempfile.mkdtemp(prefix="learning-tests-", dir=parent))
        folder.chmod(0o711)  # the user that runs PostgreSQL passes through
        return cls(folder=folder, process=os.getpid())

    def end(self) -> None:
        """Stop what was started and remove the folder."""
        keeper = self.folder / "keeper"
        if keeper.exists():
            with suppress(ProcessLookupError):
                os.kill(int(keeper.read_text()), signal.SIGTERM)
            with (self.folder / "keeper-alive").open("a") as alive:
                fcntl.flock(alive, fcntl.LOCK_EX)  # the keeper holds this lock as long as it lives
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def once(self, name: str) -> Iterator[bool]:
        """Give True to the first process that comes here, under a lock, and False to all later ones.

        What failed once is not tried again: the later ones fail with a word on where to look.
        """
        made, failed = self.folder / f"{name}.made", self.folder / f"{name}.failed"
        with (self.folder / f"{name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if failed.exists():
                raise RuntimeError(f"{name} could not be made, see the first error: {failed.read_text()}")
            try:
                yield not made.exists()
            except BaseException as error:
                failed.write_text(repr(error))
                raise
            made.touch()

    def postgresql(self, programs: Path | None = None) -> Path:
        """Return the folder of the private server's socket, starting the server when nobody has yet."""
        folder = self.folder / "postgresql"
        with self.once("postgresql") as first:
            if first:
                self._start_keeper(programs or program("postgresql"), folder)
        return folder

    def _start_keeper(self, programs: Path, folder: Path) -> None:
        folder.mkdir()
        with (self.folder / "keeper-alive").open("a") as alive:
            fcntl.flock(alive, fcntl.LOCK_EX)
            command = [
                sys.executable,
                str(KEEPER),
                str(programs),
                str(folder),
                str(self.process),
            ]
            keeper = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
                pass_fds=[alive.fileno()],
            )
        assert keeper.stdout is not None
        with keeper.stdout as words:
            first = words.readline()
            if first != "ready\n":
                raise RuntimeError(first + words.read())
        (self.folder / "keeper").write_text(str(keeper.pid))
        keeper.returncode = 0  # it is left running on purpose and waited for in end()
