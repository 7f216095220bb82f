"""The table of messages is whole, and docs/diagnostics.md and the Vietnamese catalog say the same."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from learning.domain.diagnostics import MAX_FINDINGS, MESSAGES, Findings, Severity, diagnostic, has_errors

ROOT = Path(__file__).parents[3]
CATALOG = ROOT / "learning" / "translations" / "vi" / "LC_MESSAGES" / "messages.po"
ROW = re.compile(r"\| ((?:[QUCB]\d{3} ?)+) \| (\w+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|")


def documented() -> list[tuple[str, str, str, str]]:
    """Return code, severity, English and Vietnamese of each row, one for each code."""
    rows = []
    for line in (ROOT / "docs" / "diagnostics.md").read_text().splitlines():
        match = ROW.fullmatch(line)
        if match:
            rows += [(code, match[2], match[3], match[4]) for code in match[1].split()]
    return rows


def test_the_page_lists_every_message_and_nothing_else() -> None:
    table = sorted((code, str(message.severity), message.text) for (code, _), message in MESSAGES.items())
    assert sorted(row[:3] for row in documented()) == table


def test_the_page_has_the_vietnamese_of_the_catalog() -> None:
    with CATALOG.open("rb") as file:
        catalog = read_po(file)
    texts = {message.id: message.string for message in catalog if message.id and not message.fuzzy}
    assert {(row[2], row[3]) for row in documented()} == {
        (message.text, texts.get(message.text)) for message in MESSAGES.values()
    }


def test_translations_keep_the_places_of_parameters() -> None:
    place = re.compile(r"\{(?!fixed\})[a-z_]+\}")
    for _, _, english, vietnamese in documented():
        assert set(place.findall(english)) == set(place.findall(vietnamese))


def test_a_message_puts_its_parameters_in_and_leaves_other_braces() -> None:
    found = diagnostic("Q027", file="a.md", line=3, column=7, choice="{fixed} {choice}")
    assert found.text() == "Choices are shuffled: add `{fixed}` to `{fixed} {choice}`."
    assert found.line_of_text() == f"a.md:3:7 Q027 {found.text()}"
    assert (
        found.text({found.message: "Thêm `{fixed}` cho {choice}"}.__getitem__)
        == "Thêm `{fixed}` cho {fixed} {choice}"
    )


def test_an_id_in_braces_is_put_in() -> None:
    assert "write `{#cau-1}` at" in diagnostic("Q010", file="a", suggestion="cau-1").text()


def test_unknown_codes_and_wrong_parameters_cannot_be_used() -> None:
    with pytest.raises(KeyError):
        diagnostic("Q999", file="a")
    with pytest.raises(KeyError):
        diagnostic("Q004", "no such", file="a")
    with pytest.raises(ValueError, match="takes"):
        diagnostic("U004", "missing", file="a")
    with pytest.raises(ValueError, match="takes"):
        diagnostic("Q001", file="a", key="b")


def test_findings_come_in_the_order_of_the_file() -> None:
    findings = Findings("a.md", "U")
    findings.add("052", line=9, tag="<b>")
    assert not findings.has_errors
    findings.add("005", line=2, opened=2)
    assert [(found.line, found.code) for found in findings.all()] == [(2, "U005"), (9, "U052")]
    assert has_errors(findings.all())
    assert findings.all()[0].severity is Severity.ERROR


def test_a_flood_of_slips_is_cut_off_but_an_error_behind_it_still_counts() -> None:
    findings = Findings("a.md", "U")
    for line in range(1, MAX_FINDINGS + 100):
        findings.add("052", line=line, tag="<b>")
    findings.add("005", line=9_999, opened=9_999)
    assert len(findings.all()) == MAX_FINDINGS + 1
    assert findings.has_errors
