"""A program of its own: sets a report as PDF. Its argument is the template; the data come in as JSON.

It runs apart from the site (see documents.py) and imports nothing of it.
"""

import sys
from pathlib import Path

import typst


def main() -> None:
    """Read the data, write the PDF."""
    data = sys.stdin.buffer.read().decode()
    pdf = typst.compile(
        Path(sys.argv[1]).read_bytes(),
        sys_inputs={"data": data},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
