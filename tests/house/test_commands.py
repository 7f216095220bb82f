"""What is written about commands is true: the Makefile has them, and `make help` tells of each."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {"run", "test", "check", "serve", "help", "bench", "soak"}
GUIDES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_promised_commands_are_there() -> None:
    assert targets() >= PROMISED


def test_help_is_the_default_and_tells_of_every_command() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE)) == targets()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_make_command_in_a_guide_exists(guide: Path) -> None:
    named = set(re.findall(r"(?:^|`|\$ )make ([a-z-]+)", guide.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets()


def test_the_readme_shows_the_two_commands_of_a_newcomer() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "git clone" in text
    assert "make run" in text


def test_the_build_server_runs_the_suite() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert re.search(r"^exec make test </dev/null$", script.read_text(), re.MULTILINE)
