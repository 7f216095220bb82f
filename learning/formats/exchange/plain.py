"""Foreign texts as ours: bytes to characters, and plain text to Markdown that says the same letters."""

import codecs
import re
import unicodedata

from learning.formats.exchange.losses import Losses

MAX_TEXT_BYTES = 4 * 1024 * 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Only signs that Markdown would take for its own are escaped, so that the text stays readable.
_SIGNS = re.compile(r"([*`\[\]])|(\\)(?=[ !-/:-@\[-`{-~])|(<)(?=[a-zA-Z/!?])|(&)(?=#?\w{1,31};)|(~~|==|\+\+)")
_UNDERLINE = re.compile(r"(?<![\w_])_{1,2}(?=\w)|(?<=\w)_{1,2}(?![\w_])|_{3,}")
_START = re.compile(
    r"(\s*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|:(?=\s)|\||-{2,}|={2,}|!!!|\?\?\?|\d{1,9}(?=[.)](?:\s|$))|~{3,})"
)
_UNSEEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ue000\ue001\ufeff\ufffe\uffff\ud800-\udfff]")


def decode(data: bytes, losses: Losses, *, limit: int = MAX_TEXT_BYTES) -> str | None:
    """Return the characters of a text file, whichever of the usual encodings it has; None with the reason noted."""
    if len(data) > limit:
        losses.add("X004", limit=limit // 1024**2)
        return None
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8" or b"\0" in data:
            losses.add("X007")
            return None
        text = data.decode("cp1258", "replace")
        if "\ufffd" in text:
            losses.add("X007")
            return None
        losses.add("X009", encoding="Windows-1258")
    if "\0" in text:
        losses.add("X007")
        return None
    return cleaned(text)


def cleaned(text: str) -> str:
    """Return the text composed, with one kind of line end and without what no text has."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", lines)).replace("\u00a0", " ")


def on_one_line(text: str) -> str:
    """Return the text with each run of spaces and line ends as one space."""
    return " ".join(text.split())


def escaped(text: str) -> str:
    """Return words for the middle of a line of Markdown, in which every sign means itself."""
    text = _SIGNS.sub(_escape, text)
    return _UNDERLINE.sub(lambda match: "".join("\\_" for _ in match[0]), text)


def _escape(match: re.Match[str]) -> str:
    if match[3]:
        return "&lt;"
    if match[4]:
        return "&amp;"
    if match[5]:
        return "".join(f"&#{ord(sign)};" for sign in match[5])
    return "\\" + match[0]


def escape_start(line: str) -> str:
    """Return a line of Markdown whose first sign begins no list, heading, quote or table."""
    match = _START.match(line)
    if match is None:
        return line.lstrip() if line.startswith(("    ", "\t")) else line
    sign, rest = match[2], line[match.end() :]
    if sign[0].isdigit():
        return f"{sign}\\{rest}"
    if sign[0] in ":|=?~":
        return f"&#{ord(sign[0])};{sign[1:]}{rest}"
    return f"\\{sign}{rest}"


def as_markdown(text: str) -> str:
    """Return Markdown that shows a plain text: its paragraphs, its lines, its letters."""
    paragraphs = re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.strip())
    return "\n\n".join(
        "  \n".join(
            escape_start(escaped(on_one_line(line))) for line in paragraph.split("\n") if line.strip()
        )
        for paragraph in paragraphs
        if paragraph.strip()
    )
