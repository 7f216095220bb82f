"""Reading and writing bundles; what can be told without unpacking is checked before a byte is unpacked."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from learning.formats.bundle.layout import (
    MAX_FILES,
    ROOTS,
    Bundle,
    BundleFile,
    BundleRejected,
    Report,
    check_names,
    place_of,
)

MAX_TEXT_BYTES = 1024 * 1024
MAX_MEDIA_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 200 * 1024 * 1024
MAX_RATIO = 200
# Below this size a file may be packed as well as it likes.
_RATIO_FROM = 1024 * 1024

_END_RECORD = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
# What zipfile raises on files that are not as their list says; a negative offset is a ValueError.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def read_bundle(source: Path | bytes) -> Bundle:
    """Read a folder, a ZIP file or the bytes of a ZIP; raises BundleRejected, then nothing was unpacked."""
    if isinstance(source, bytes):
        return _read_zip(io.BytesIO(source), "bundle.zip")
    if source.is_dir():
        return _read_folder(source)
    try:
        with source.open("rb") as file:
            return _read_zip(file, source.name)
    except OSError as error:
        report = Report()
        report.add(source.name, "001")
        raise BundleRejected(report.found) from error


def _limit_of(path: str) -> int:
    return MAX_TEXT_BYTES if path.endswith(".md") else MAX_MEDIA_BYTES


def _check_sizes(sizes: dict[str, int], report: Report, most: int = MAX_TOTAL_BYTES) -> None:
    for path, size in sizes.items():
        if size > _limit_of(path):
            report.add(path, "006", "file", limit=_limit_of(path) // 1024**2)
    if sum(sizes.values()) > most:
        report.add("", "006", "total", limit=most // 1024**2)


def _read_folder(root: Path) -> Bundle:
    report = Report()
    files: dict[str, Path] = {}
    for top in ROOTS:
        if (root / top).is_symlink():
            report.add(top, "003")
        elif (root / top).is_dir():
            _walk(root / top, top, files=files, report=report)
    paths = check_names(files, report)
    sizes = {path: files[path].lstat().st_size for path in paths}
    _check_sizes(sizes, report)
    report.raise_if_any()
    return _bundle({path: files[path].read_bytes() for path in paths})


def _walk(folder: Path, name: str, *, files: dict[str, Path], report: Report) -> None:
    for entry in sorted(folder.iterdir()):
        path = f"{name}/{entry.name}"
        if len(files) > MAX_FILES:
            return
        if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
            report.add(path, "003")
        elif entry.is_dir():
            _walk(entry, path, files=files, report=report)
        else:
            files[path] = entry


def read_archive(data: bytes, name: str, *, most: int) -> dict[str, bytes]:
    """Return the files of any ZIP by their paths, at most so many bytes in all.

    Raises BundleRejected, then nothing was unpacked.
    """
    return _unpack_all(io.BytesIO(data), name, any_place=True, most=most)


def read_heads(data: bytes, wanted: Callable[[str], int]) -> dict[str, bytes]:
    """Return how the files of any ZIP begin by their paths, as many bytes of each as are `wanted` of its path.

    Nothing of a ZIP that is damaged, or whose list of files is too long.
    """
    file, report = io.BytesIO(data), Report()
    _check_end_record(file, "", report)
    if report.found:
        return {}
    try:
        with zipfile.ZipFile(file) as archive:
            sizes = {info: wanted(info.filename) for info in archive.infolist()}
            return {info.filename: archive.open(info).read(size) for info, size in sizes.items() if size}
    except _DAMAGE:
        return {}


def _read_zip(file: io.BufferedIOBase, name: str) -> Bundle:
    return _bundle(_unpack_all(file, name))


def _unpack_all(
    file: io.BufferedIOBase, name: str, *, any_place: bool = False, most: int = MAX_TOTAL_BYTES
) -> dict[str, bytes]:
    report = Report()
    _check_end_record(file, name, report)
    report.raise_if_any()
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGE as error:
        report.add(name, "001")
        raise BundleRejected(report.found) from error
    with archive:
        entries = _check_entries(archive.infolist(), report, any_place=any_place, most=most)
        report.raise_if_any()
        return {info.filename: _unpack(archive, info) for info in entries}


def _check_end_record(file: io.BufferedIOBase, name: str, report: Report) -> None:
    """Note what the last record of a ZIP tells, before its list of files is read into memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_535 - _END_RECORD.size))
    tail = file.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END_RECORD.size:
        report.add(name, "001")
        return
    _, _, _, _, count, directory, _, _ = _END_RECORD.unpack_from(tail, at)
    has_zip64 = tail[max(0, at - 20) : at].startswith(b"PK\x06\x07")
    # 2,000 files with names of 255 bytes and extra fields need 1 MB; a longer list hides something.
    if count > 2 * MAX_FILES or has_zip64 or directory > MAX_FILES * 600:
        report.add(name, "005", limit=MAX_FILES)
    file.seek(0)


def _check_entries(
    infos: Iterable[zipfile.ZipInfo], report: Report, *, any_place: bool, most: int
) -> list[zipfile.ZipInfo]:
    by_path: dict[str, zipfile.ZipInfo] = {}
    names = []
    for info in infos:
        path = info.filename
        mode = info.external_attr >> 16
        if info.orig_filename != info.filename:
            report.add(path, "002")
        if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            report.add(path, "003")
        if info.flag_bits & 0x1:
            report.add(path, "004")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            report.add(path, "010")
        if path.endswith("/") and not path.startswith("/") and info.file_size == 0:
            if ".." in path.split("/"):
                report.add(path, "002")
            continue
        names.append(path)
        by_path[path] = info
    kept = [by_path[path] for path in check_names(names, report, any_place=any_place)]
    _check_sizes({info.filename: info.file_size for info in kept}, report, most)
    for info in kept:
        if info.file_size > _RATIO_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size):
            report.add(info.filename, "006", "ratio", limit=MAX_RATIO)
    return kept


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    report = Report()
    try:
        with archive.open(info) as entry:
            data = entry.read(info.file_size + 1)
    except _DAMAGE as error:
        report.add(info.filename, "001", "damaged")
        raise BundleRejected(report.found) from error
    if len(data) != info.file_size:
        report.add(info.filename, "001", "damaged")
        raise BundleRejected(report.found)
    return data


def _bundle(contents: dict[str, bytes]) -> Bundle:
    placed = (place_of(path, data) for path, data in sorted(contents.items()))
    return Bundle(tuple(file for file in placed if file is not None))


def write_bundle(files: Iterable[BundleFile]) -> bytes:
    """Return a ZIP of the files; equal files give equal bytes, whenever and wherever it is written."""
    return write_archive({file.path: file.data for file in files})


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files by their paths; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, data in sorted(files.items()):
            info = zipfile.ZipInfo(path, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def write_folder(files: Iterable[BundleFile], folder: Path) -> None:
    """Write the files below a folder, each at its path; raises ValueError for a path outside the layout."""
    for file in files:
        if place_of(file.path) is None:
            raise ValueError(f"{file.path} is not a path of the layout")
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
