"""Values that nobody means well: for addresses, fields, headers and bodies."""

import random

TEXTS = (
    *("", " ", "0", "-1", "1", "00", "1.000", "1e3", "NaN", "Infinity", "١٢", "½", "0x10", "1_000", "+5"),
    *("2147483647", "2147483648", "9223372036854775808", "9" * 400, "true", "null", "None", "undefined"),
    *(
        "../../etc/passwd",
        "..",
        ".",
        "/",
        "//site.test/x",
        "\\\\site.test",
        "https://site.test/",
        "javascript:1",
    ),
    *(
        "\0",
        "a\0b",
        "\r\nX-Injected: 1",
        "\n",
        "\t",
        "\x1b[31m",
        "\x7f",
        "\ufeff",
        "\u200b",
        "\u202eabc\u2066",
    ),
    *(
        "'",
        '"',
        "' OR 1=1 --",
        "%",
        "_",
        "%%s",
        "%(x)s",
        "{0}",
        "{{ 7*7 }}",
        "${x}",
        "<script>alert(1)</script>",
    ),
    *(
        "\ud7ff",
        "\uffff",
        "😀",
        "👨‍👩‍👧‍👦",
        "e\u0301" * 300,
        "Ắ" * 200,
        "שלום",
        "İ",
        "ß",
        "ﬁ",
        "a" * 5000,
        "-" * 70,
    ),
    *("vi", "en", "he", "xx", "vi-VN", "VI", "2026-11-22", "2026-02-30", "0000-00-00", "0001-01-01"),
    *("9999-12-31", "10000-01-01", "22/11/2026", "2026-11-22T00:00:00Z", "2026-W01-1", "[]", "{}", "[[", '"'),
    *(
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}",
        "course",
        "media",
        "revisions",
    ),
    *(
        "---\ntitle: X\n---\n\n# A",
        "---\n" * 50,
        "## A {#a}\n\n- [x] a\n- [ ] b\n",
        "![](x)",
        "[" * 500,
        "`" * 999,
    ),
    *("| a |\n" * 60, "> " * 200, "<!--", "&#0;", "&amp;" * 100, "csv,row\n" * 50, "=1+1", "@x", "-x"),
)
RAW = (
    b"%00",
    b"%ff%fe",
    b"%ed%a0%80",
    b"%c0%af",
    b"%",
    b"%zz",
    b"%2e%2e%2f",
    b"%0d%0aX:y",
    b"%F0%9F",
    b"\xc3\xa9",
)
METHODS = (
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "PATCH",
    "DELETE",
    "BREW",
    "TRACE",
)
TYPES = (
    *(
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "text/plain",
    ),
    *(
        "application/json",
        "application/json; charset=utf-16",
        "application/zip",
        "",
        "x",
        "text/html; charset=nope",
    ),
)
HEADERS = (
    (
        "Accept",
        ("*/*", "application/json", "text/html;q=0", "x/y;q=2", ";;;", "application/problem+json", ""),
    ),
    ("Accept-Language", ("he", "en", "xx", "*;q=x", "vi;q=0.1, en", "a" * 300, "en-US-x-private")),
    ("Accept-Encoding", ("br", "gzip;q=0", "*", "identity;q=0", "x" * 100, "gzip, deflate, br, zstd")),
    ("Range", ("bytes=0-10", "bytes=-1", "bytes=999999-", "lines=1", "bytes=a-b")),
    ("If-None-Match", ('"x"', "*", 'W/"x"', "x" * 500)),
    ("If-Modified-Since", ("Sun, 06 Nov 1994 08:49:37 GMT", "yesterday", "Sun, 99 Nov 9999 99:99:99 GMT")),
    ("Host", ("site.test", "hoc.example:99999", "", "a b", "[::1]", "hoc.example.")),
    ("X-Forwarded-For", ("::1", "x", "1.2.3.4, 5.6.7.8", "a" * 300)),
    ("X-Forwarded-Proto", ("http", "ftp", "")),
    ("Referer", ("https://site.test/", "x", "")),
    ("Origin", ("null", "https://site.test")),
    (
        "Cookie",
        ("__Host-session=x", "__Host-form=x.y.z", "=", ";;;", "language=xx", "language=" + "a" * 3000),
    ),
    ("Authorization", ("Bearer x", "Bearer", "Basic eDp5", "Bearer " + "a" * 2000, "bearer \xe9")),
    ("Idempotency-Key", ("x", "", "a" * 400, "\xe9")),
    ("X-Requested-With", ("XMLHttpRequest",)),
)
JSON = (
    *(
        "null",
        "true",
        "1",
        "-0",
        "1e999",
        '""',
        "[]",
        "{}",
        "[[[[]]]]",
        "[" * 3000,
        '{"a":',
        "NaN",
        "\ufeff{}",
        "'a'",
    ),
    *('{"a":1,"a":2}', '"\\ud800"', '{"\\u0000":"\\u0000"}', "9" * 5000, '{"response":[{}]}'),
)


def text(dice: random.Random, real: list[str]) -> str:
    """Return a value: often one that exists, else a hostile one, sometimes two of them joined."""
    if real and dice.random() < 0.45:
        return dice.choice(real)
    value = dice.choice(TEXTS)
    return value + dice.choice(TEXTS) if dice.random() < 0.1 else value


def json_value(dice: random.Random, names: list[str], real: list[str], depth: int = 0) -> object:
    """Return something JSON can say, with names that the site knows."""
    kind = dice.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return None
    if kind == 1:
        return dice.random() < 0.5
    if kind == 2:
        return dice.choice((0, -1, 1, 2**31, 2**63, 10**30, 0.5, -1e308))
    if kind in (6, 7):
        keys = dice.sample(names, k=min(len(names), dice.randrange(5)))
        return {key: json_value(dice, names, real, depth + 1) for key in keys}
    if kind == 8:
        return [json_value(dice, names, real, depth + 1) for _ in range(dice.randrange(4))]
    return text(dice, real)
