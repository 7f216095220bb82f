"""Files that prove training done elsewhere: told by their content what they are, kept under their hash."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from learning.domain.errors import NotFound, Refused

LARGEST = 5 * 1024 * 1024
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A kept file: its hash, which is its name, and what it is."""

    sha256: str
    mimetype: str


def keep_evidence(data: bytes, data_dir: Path) -> Evidence:
    """Keep a file below the site's folder; again changes nothing. Raises Refused for one that is not taken."""
    if len(data) > LARGEST:
        raise Refused(
            "The file is larger than %(maximum)s MB.", field="evidence", maximum=LARGEST // 1024 // 1024
        )
    mimetype = next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), None)
    if mimetype is None:
        raise Refused("Only PDF, JPEG and PNG files are taken.", field="evidence")
    sha256 = hashlib.sha256(data).hexdigest()
    folder = data_dir / "evidence"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / sha256).exists():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(folder / sha256)
    return Evidence(sha256, mimetype)


def read_evidence(sha256: str, data_dir: Path) -> bytes:
    """Return a kept file; raises NotFound."""
    try:
        return (data_dir / "evidence" / sha256).read_bytes()
    except FileNotFoundError:
        raise NotFound(sha256) from None
