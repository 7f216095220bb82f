"""A bundle is read whole and safely or not at all, and written so that it can be read and compared."""

import io
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.formats.bundle import (
    Bundle,
    BundleFile,
    BundleRejected,
    check_bundle,
    check_paths,
    read_bundle,
    read_heads,
    write_bundle,
    write_folder,
)
from learning.formats.bundle.layout import place_of
from learning.formats.rendering import Renderer

COURSE = "---\ntitle: Lừa đảo\nunits: mot\n---\n"
UNIT = "---\ntitle: Một\nquiz: thu\n---\n![Ảnh](media/a.png)\n"
QUIZ = "---\ntitle: Thử\n---\n## a {#a}\n- [x] một\n- [ ] hai\n"
FILES = {
    "courses/lua-dao/course.vi.md": COURSE,
    "courses/lua-dao/mot.vi.md": UNIT,
    "courses/lua-dao/media/a.png": "png",
    "quizzes/lua-dao/thu.vi.quiz.md": QUIZ,
}


def zipped(files: Mapping[str, str | bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return buffer.getvalue()


def bundle(changes: dict[str, str | None] | None = None) -> Bundle:
    files = {path: text for path, text in (FILES | (changes or {})).items() if text is not None}
    placed = [place_of(path, text.encode()) for path, text in files.items()]
    return Bundle(tuple(file for file in placed if file is not None))


def refusal(data: bytes | Path) -> list[tuple[str, str]]:
    with pytest.raises(BundleRejected) as rejected:
        read_bundle(data)
    return [(found.file, found.code) for found in rejected.value.diagnostics]


def test_a_zip_and_a_folder_are_read_alike(tmp_path: Path) -> None:
    from_zip = read_bundle(zipped(FILES))
    write_folder(from_zip.files, tmp_path)
    (tmp_path / "README.md").write_text("không đọc")
    assert read_bundle(tmp_path) == from_zip
    (tmp_path / "a.zip").write_bytes(write_bundle(from_zip.files))
    assert read_bundle(tmp_path / "a.zip") == from_zip
    assert [(file.kind, file.course, file.slug, file.language) for file in from_zip.files] == [
        ("course", "lua-dao", "course", "vi"),
        ("media", "lua-dao", "", ""),
        ("unit", "lua-dao", "mot", "vi"),
        ("quiz", "lua-dao", "thu", "vi"),
    ]


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), st.binary(max_size=200), min_size=1
    )
)
def test_equal_files_make_equal_bytes_and_come_back(contents: dict[str, bytes]) -> None:
    files = [
        BundleFile(f"courses/c/{name}.vi.md", "unit", "c", name, "vi", data)
        for name, data in contents.items()
        if name not in {"course", "media"}
    ]
    if files:
        written = write_bundle(files)
        assert written == write_bundle(reversed(files))
        assert sorted(read_bundle(written).files, key=lambda f: f.path) == sorted(files, key=lambda f: f.path)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../evil.vi.md", "B002"),
        ("courses/../../evil.vi.md", "B002"),
        ("/etc/passwd", "B002"),
        ("courses/lua-dao/./mot.vi.md", "B002"),
        ("courses//mot.vi.md", "B002"),
        ("courses\\lua-dao\\mot.vi.md", "B002"),
        ("C:/mot.vi.md", "B002"),
        ("courses/lua-dao/m\x07t.vi.md", "B002"),
        ("README.md", "B008"),
        ("courses/lua-dao/mot.md", "B008"),
        ("courses/lua-dao/mot.fr.md", "B008"),
        ("courses/Lừa Đảo/mot.vi.md", "B008"),
        ("courses/lua-dao/Một.vi.md", "B008"),
        ("courses/lua-dao/media.vi.md", "B008"),
        ("courses/lua-dao/x/mot.vi.md", "B008"),
        ("courses/lua-dao/media/a.svg", "B008"),
        ("courses/lua-dao/media/a.exe", "B008"),
        ("quizzes/lua-dao/thu.vi.md", "B008"),
        ("courses/lua-dao/COURSE.vi.md", "B007"),
    ],
)
def test_paths_outside_the_layout_are_refused(path: str, code: str) -> None:
    found = refusal(zipped({**FILES, path: "x"}))
    assert (path, code) in found


def test_names_that_differ_only_in_how_accents_are_stored_are_one_name() -> None:
    media = "courses/lua-dao/media/"
    assert (f"{media}A.png", "B007") in refusal(zipped({**FILES, f"{media}A.png": "x"}))


def test_what_operating_systems_leave_behind_is_not_content() -> None:
    litter = {"__MACOSX/courses/._a": "x", "courses/.DS_Store": "x", "courses/lua-dao/Thumbs.db": "x"}
    assert read_bundle(zipped({**FILES, **litter})) == read_bundle(zipped(FILES))


def test_links_are_refused_in_a_zip_and_in_a_folder(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("courses/lua-dao/mot.vi.md")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert refusal(buffer.getvalue()) == [("courses/lua-dao/mot.vi.md", "B003")]
    (tmp_path / "courses" / "lua-dao").mkdir(parents=True)
    (tmp_path / "courses" / "lua-dao" / "mot.vi.md").symlink_to("/etc/passwd")
    assert ("courses/lua-dao/mot.vi.md", "B003") in refusal(tmp_path)


def test_a_folder_that_is_a_link_and_a_pipe_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "courses").symlink_to(tmp_path / "real")
    (tmp_path / "quizzes").mkdir()
    os.mkfifo(tmp_path / "quizzes" / "a")
    assert set(refusal(tmp_path)) >= {("courses", "B003"), ("quizzes/a", "B003")}


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(zipped(FILES))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert [code for _, code in refusal(bytes(data))] == ["B004"]


def test_an_unusual_way_of_packing_is_refused() -> None:
    assert {code for _, code in refusal(zipped(FILES, compression=zipfile.ZIP_LZMA))} == {"B010"}


def test_too_many_files_are_refused_before_they_are_listed() -> None:
    files: dict[str, str | bytes] = {f"courses/a/b{number}.vi.md": "" for number in range(2_001)}
    assert refusal(zipped(files)) == [("", "B005")]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_000, 65_000, 10, 0, 0)
    assert refusal(end) == [("bundle.zip", "B005")]


def test_a_bomb_is_refused_by_what_its_list_says() -> None:
    packed = zipped(
        {**FILES, "courses/lua-dao/media/b.png": b"\0" * 5_000_000}, compression=zipfile.ZIP_DEFLATED
    )
    assert refusal(packed) == [("courses/lua-dao/media/b.png", "B006")]
    assert refusal(zipped({"courses/lua-dao/mot.vi.md": b"a" * 2_000_000})) == [
        ("courses/lua-dao/mot.vi.md", "B006")
    ]


def test_of_files_that_are_only_looked_at_no_more_is_unpacked_than_is_wanted() -> None:
    files: dict[str, str | bytes] = {"a.xml": b"<a>" + b" " * 5_000_000, "b.png": b"\0" * 9, "c.xml": "<c>"}
    data = zipped(files, compression=zipfile.ZIP_DEFLATED)
    heads = read_heads(data, lambda path: 4 if path.endswith(".xml") else 0)
    assert heads == {"a.xml": b"<a> ", "c.xml": b"<c>"}
    assert read_heads(data[:-30], lambda _path: 4) == {}
    assert read_heads(b"PK\x03\x04broken", lambda _path: 4) == {}
    long = zipped({f"{number}.xml": "<a>" for number in range(4_001)})
    assert read_heads(long, lambda _path: 4) == {}


def test_all_files_together_have_a_limit() -> None:
    data = bytearray(zipped({f"courses/a/media/m{n}.mp4": "" for n in range(4)}))
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 20 : at + 28] = struct.pack("<LL", 60_000_000, 60_000_000)
    assert refusal(bytes(data)) == [("", "B006")]


def test_a_list_that_lies_about_sizes_is_found_when_unpacking() -> None:
    data = bytearray(zipped(FILES, compression=zipfile.ZIP_DEFLATED))
    at = data.index(b"PK\x01\x02")
    size = struct.unpack_from("<L", data, at + 24)[0]
    struct.pack_into("<L", data, at + 24, size - 1)
    assert refusal(bytes(data)) == [("courses/lua-dao/course.vi.md", "B001")]


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip", b"PK\x05\x06" + b"\0" * 10])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    assert refusal(data) == [("bundle.zip", "B001")]


def test_a_damaged_zip_is_refused_wherever_it_is_damaged() -> None:
    good = zipped(FILES, compression=zipfile.ZIP_DEFLATED)
    for position in range(0, len(good), 3):
        data = bytearray(good)
        data[position] ^= 0xFF
        try:
            read_bundle(bytes(data))
        except BundleRejected:
            continue


def test_an_empty_zip_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    assert refusal(zipped({})) == [("", "B009")]
    assert refusal(tmp_path) == [("", "B009")]


def codes(changes: dict[str, str | None]) -> list[tuple[str, int, str]]:
    return [(found.file, found.line, found.code) for found in check_bundle(bundle(changes))]


def test_a_whole_course_is_in_order() -> None:
    assert codes({}) == []


TWIN = "---\ntitle: One\n---\n"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"courses/lua-dao/course.vi.md": None}, ("courses/lua-dao/mot.vi.md", 1, "C092")),
        (
            {"courses/lua-dao/course.vi.md": "---\ntitle: a\n---\n"},
            ("courses/lua-dao/course.vi.md", 1, "C092"),
        ),
        ({"courses/lua-dao/course.en.md": COURSE}, ("courses/lua-dao/course.en.md", 3, "C092")),
        (
            {"courses/lua-dao/course.vi.md": COURSE.replace("mot", "mot, hai")},
            ("courses/lua-dao/course.vi.md", 3, "C090"),
        ),
        (
            {"courses/lua-dao/course.vi.md": COURSE.replace("---\n", "---\nprerequisites: lua-dao\n", 1)},
            ("courses/lua-dao/course.vi.md", 2, "C093"),
        ),
        (
            {"courses/lua-dao/course.vi.md": COURSE.replace("---\n", "---\nprerequisites: chua-co\n", 1)},
            ("courses/lua-dao/course.vi.md", 2, "C093"),
        ),
        (
            {"courses/lua-dao/course.vi.md": COURSE.replace("---\n", "---\ndiagnostic: x\n", 1)},
            ("courses/lua-dao/course.vi.md", 2, "C094"),
        ),
        (
            {"courses/lua-dao/course.vi.md": COURSE.replace("---\n", "---\nrenew_window: 3 months\n", 1)},
            ("courses/lua-dao/course.vi.md", 2, "C095"),
        ),
        (
            {
                "courses/lua-dao/course.vi.md": COURSE.replace(
                    "---\n", "---\nvalid_for: 3 months\nrenew_window: 3 months\n", 1
                )
            },
            ("courses/lua-dao/course.vi.md", 3, "C095"),
        ),
        ({"quizzes/lua-dao/thu.vi.quiz.md": None}, ("courses/lua-dao/mot.vi.md", 3, "U092")),
        ({"courses/lua-dao/hai.vi.md": TWIN}, ("courses/lua-dao/hai.vi.md", 1, "U093")),
        ({"courses/lua-dao/media/a.png": None}, ("courses/lua-dao/mot.vi.md", 5, "U051")),
        ({"courses/lua-dao/hai.en.md": TWIN}, ("courses/lua-dao/hai.en.md", 1, "U080")),
        ({"quizzes/lua-dao/ba.en.quiz.md": QUIZ}, ("quizzes/lua-dao/ba.en.quiz.md", 1, "Q080")),
        (
            {"courses/lua-dao/mot.en.md": TWIN.replace("---\n", "---\nminutes: 5\n", 1)},
            ("courses/lua-dao/mot.en.md", 2, "U004"),
        ),
        (
            {"courses/lua-dao/course.en.md": TWIN.replace("---\n", "---\nopen: yes\n", 1)},
            ("courses/lua-dao/course.en.md", 2, "C004"),
        ),
        (
            {"quizzes/lua-dao/thu.en.quiz.md": QUIZ.replace("---\n", "---\npass: 5%\n", 1)},
            ("quizzes/lua-dao/thu.en.quiz.md", 2, "Q004"),
        ),
        (
            {"quizzes/lua-dao/thu.en.quiz.md": QUIZ.replace("{#a}", "{#b}")},
            ("quizzes/lua-dao/thu.en.quiz.md", 1, "Q080"),
        ),
        (
            {
                "courses/khac/course.vi.md": COURSE,
                "courses/khac/mot.vi.md": TWIN,
                "quizzes/khac/thu.vi.quiz.md": QUIZ,
            },
            ("quizzes/khac/thu.vi.quiz.md", 1, "Q090"),
        ),
    ],
)
def test_what_only_several_files_show_is_told(
    changes: dict[str, str | None], expected: tuple[str, int, str]
) -> None:
    assert expected in codes(changes)


def test_what_cannot_be_displayed_is_told_when_a_renderer_is_given() -> None:
    slow = UNIT + "\n" + "a\n=\n" * 8_000
    renderer = Renderer(timeout_seconds=2)
    found = check_bundle(bundle({"courses/lua-dao/mot.vi.md": slow}), renderer)
    renderer.close()
    assert [(finding.file, finding.code) for finding in found] == [
        ("courses/lua-dao/media/a.png", "B011"),
        ("courses/lua-dao/mot.vi.md", "U007"),
    ]


def test_content_check_takes_files_folders_and_zips(tmp_path: Path) -> None:
    write_folder(bundle({"courses/lua-dao/media/a.png": None}).files, tmp_path)
    unit = tmp_path / "courses" / "lua-dao" / "mot.vi.md"
    for path in (tmp_path, tmp_path / "courses", tmp_path / "courses" / "lua-dao", unit):
        found = check_paths([path])
        assert [(finding.file, finding.code) for finding in found] == [(str(unit), "U051")]
    assert check_paths([tmp_path / "quizzes"]) == []
    (tmp_path / "a.zip").write_bytes(zipped(FILES))
    assert check_paths([tmp_path / "a.zip"]) == []


def test_content_check_takes_a_file_that_stands_alone(tmp_path: Path) -> None:
    alone = tmp_path / "thu.vi.quiz.md"
    alone.write_text("## a\n- [x] một\n- [ ] hai\n")
    assert [finding.line_of_text() for finding in check_paths([alone, alone])] == [
        f"{alone}:1:1 Q010 The question has no id; write `{{#a}}` at the end of its heading."
    ]
    with pytest.raises(FileNotFoundError):
        check_paths([tmp_path / "nothing.vi.md"])
