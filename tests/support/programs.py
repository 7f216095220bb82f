"""Where the set-up found the programs that tests start."""

from pathlib import Path

FOUND = Path(__file__).resolve().parents[2] / ".venv" / "found"


def program(name: str) -> Path:
    """Return the path that `scripts/setup.py --for test` wrote down; raises RuntimeError without one."""
    note = FOUND / name
    path = Path(note.read_text()) if note.is_file() else None
    if path is None or not path.exists():
        raise RuntimeError(f"{name} was not found yet. Type: python3 scripts/setup.py --for test")
    return path
