"""Files that no quiz is in, however they are called: broken, hostile, empty, wrong."""

import io
import stat
import zipfile

ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="a" title="a">
<responseDeclaration identifier="R" cardinality="single" baseType="identifier"><correctResponse><value>x</value>
</correctResponse></responseDeclaration><itemBody>{body}<choiceInteraction responseIdentifier="R" maxChoices="1">
{choices}</choiceInteraction></itemBody></assessmentItem>"""
CHOICES = '<simpleChoice identifier="x">a</simpleChoice><simpleChoice identifier="y">b</simpleChoice>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
MANY = 10_000


def zipped(files: dict[str, bytes], *, links: frozenset[str] = frozenset()) -> bytes:
    """Return a ZIP of files; those named in `links` are symbolic links to what they hold."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            info = zipfile.ZipInfo(path)
            info.compress_type = zipfile.ZIP_DEFLATED
            kind = stat.S_IFLNK if path in links else stat.S_IFREG
            info.external_attr = (kind | 0o644) << 16
            archive.writestr(info, data)
    return target.getvalue()


def item(body: str = "", choices: str = CHOICES) -> bytes:
    """Return an item of QTI."""
    return ITEM.format(body=body, choices=choices).encode()


# name: how the file is called, what stands in it, the code and the line that are told, 0 for none
BAD_FILES: dict[str, tuple[str, bytes, str, int]] = {
    "malformed": ("a.xml", b"<quiz>\n<question type='essay'>\n<name></quiz>", "X002", 3),
    "malformed in a package": ("a.zip", zipped({"i.xml": b"<assessmentItem>\n<itemBody>\n"}), "X002", 3),
    "laughs": ("a.xml", f'<!DOCTYPE q [<!ENTITY l0 "ha">{LAUGHS}]><quiz>&l9;</quiz>'.encode(), "X003", 1),
    "deep": ("a.xml", b"<quiz>" + b"<a>" * 5_000, "X005", 1),
    "unpacks to much": ("a.zip", zipped({"i.xml": item(" " * 8_000_000)}), "B006", 0),
    "many members": ("a.zip", zipped({f"{n}.xml": b"<a/>" for n in range(2_500)}), "B005", 0),
    "nested": ("a.zip", zipped({"b.zip": zipped({"c.zip": zipped({"i.xml": item()})})}), "X001", 1),
    "above": ("a.zip", zipped({"../../i.xml": item()}), "B002", 0),
    "absolute": ("a.zip", zipped({"/etc/i.xml": item()}), "B002", 0),
    "backslashes": ("a.zip", zipped({"..\\i.xml": item()}), "B002", 0),
    "link": ("a.zip", zipped({"i.xml": b"/etc/hostname"}, links=frozenset({"i.xml"})), "B003", 0),
    "cut off": ("a.qti21.zip", zipped({"i.xml": item()})[:200], "B001", 0),
    "unknown encoding": ("a.xml", b'<?xml version="1.0" encoding="x-none"?>\n<quiz/>', "X007", 0),
    "other encoding": ("a.gift", "Đâu {=a ~b}".encode("utf-16-le"), "X007", 0),
    "empty text": ("a.gift", b"", "X008", 0),
    "empty xml": ("a.xml", b"", "X002", 1),
    "empty package": ("a.zip", zipped({}), "B009", 0),
    "empty table": ("a.csv", b"", "X019", 1),
    "brackets": ("a.gift", b"[" * 256 * 1024, "X008", 0),
    "brackets of answers": ("a.gift", b"a {" * 90_000, "X013", 1),
    "brackets in xml": ("a.xml", b"<quiz>" + b"[" * 256 * 1024, "X002", 1),
    "options": ("a.gift", b"Mot {=a" + b"~b" * MANY + b"}", "X012", 1),
    "options in xml": (
        "a.xml",
        b"<quiz>\n<question type='multichoice'><questiontext><text>a</text></questiontext>"
        + b"<answer fraction='0'><text>b</text></answer>" * MANY
        + b"</question></quiz>",
        "X012",
        2,
    ),
    "options in a package": (
        "a.zip",
        zipped({"i.xml": item(choices="".join(f"<simpleChoice identifier='c{n}'/>" for n in range(MANY)))}),
        "X012",
        1,
    ),
    "options in lines": ("a.aiken", b"Mot\n" + b"A) a\nB) b\n" * (MANY // 2) + b"ANSWER: A\n", "X012", 1),
    "a picture": ("a.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "B001", 0),
    "a text as xml": ("a.xml", "Của ai? {=a ~b}".encode(), "X002", 1),
    "a package as text": ("a.gift", zipped({"i.xml": item()}), "X007", 0),
    "another xml": ("a.xml", b"<html><body>a</body></html>", "X001", 1),
}  # fmt: skip

# What would fetch something: {file} is the address of a file, {http} one that answers on this machine.
FETCHING: dict[str, str] = {
    "entity of a file": '<!DOCTYPE q [<!ENTITY x SYSTEM "{file}">]><quiz>&x;</quiz>',
    "entity over http": '<!DOCTYPE q [<!ENTITY x SYSTEM "{http}">]><quiz>&x;</quiz>',
    "parameter entity": '<!DOCTYPE q [<!ENTITY % x SYSTEM "{http}"> %x;]><quiz/>',
    "document type of a file": '<!DOCTYPE quiz SYSTEM "{file}"><quiz/>',
    "document type over http": '<!DOCTYPE quiz PUBLIC "-//x//y" "{http}"><quiz/>',
}
