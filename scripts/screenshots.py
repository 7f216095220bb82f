"""Photograph every page in every state, so that a person can look at the pictures one by one.

The pages and states are those of the browser's tests, which this runs: what is tested is what is looked at.
Pictures go to a folder outside the repository, named `<page>-<language>-<width>-<scheme>.png`, with an
`index.html` that shows them side by side.
"""

import argparse
import html
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = tuple(
    f"tests/browser/test_{name}.py" for name in ("every_page", "empty_site", "troubles", "all_types")
)
_PICTURE = re.compile(r"(?P<page>.+)-(?P<language>vi|en|he)-(?P<width>\d+)-(?P<scheme>light|dark)\.png")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the pictures go; outside the repository")
    parser.add_argument("--only", default="", help="which tests, as pytest's -k takes it: `learner and vi`")
    given = parser.parse_args()
    if given.folder.resolve().is_relative_to(ROOT):
        parser.error("the folder must be outside the repository")
    return given


def contact_sheet(names: list[str]) -> str:
    """Return a page that shows the pictures of each page and language in one row, the narrow ones first."""
    rows: dict[tuple[str, str], list[re.Match[str]]] = defaultdict(list)
    for found in filter(None, map(_PICTURE.fullmatch, names)):
        rows[found["page"], found["language"]].append(found)
    sheet = ['<!doctype html><meta charset="utf-8"><title>Pictures</title>']
    for (page, language), pictures in sorted(rows.items()):
        sheet.append(f"<h2>{html.escape(page)} ({language})</h2>")
        for picture in sorted(pictures, key=lambda found: (int(found["width"]), found["scheme"])):
            name = html.escape(picture[0])
            sheet.append(f'<a href="{name}"><img src="{name}" alt="{name}" height="480" loading="lazy"></a>')
    return "\n".join(sheet)


def main() -> int:
    """Run the tests with the pictures on, then write the index; returns the exit status of the tests."""
    given = arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        *TESTS,
        *(["-k", given.only] if given.only else []),
    ]
    settings = {**os.environ, "PICTURES": str(given.folder.resolve())}
    status = subprocess.run(command, cwd=ROOT, env=settings, check=False).returncode
    names = [path.name for path in given.folder.glob("*.png")]
    (given.folder / "index.html").write_text(contact_sheet(names), encoding="utf-8")
    print(f"{len(names)} pictures in {given.folder}")
    return status


if __name__ == "__main__":
    sys.exit(main())
