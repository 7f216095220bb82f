"""Courses and quizzes as a folder or a ZIP: one safe reader, and a writer of reproducible bytes."""

from learning.formats.bundle.archive import (
    read_archive,
    read_bundle,
    read_heads,
    write_archive,
    write_bundle,
    write_folder,
)
from learning.formats.bundle.checks import check_bundle, check_paths, not_a_picture, parse_file
from learning.formats.bundle.layout import Bundle, BundleFile, BundleRejected, Kind, place_of

__all__ = [
    "Bundle",
    "BundleFile",
    "BundleRejected",
    "Kind",
    "check_bundle",
    "check_paths",
    "not_a_picture",
    "parse_file",
    "place_of",
    "read_archive",
    "read_bundle",
    "read_heads",
    "write_archive",
    "write_bundle",
    "write_folder",
]
