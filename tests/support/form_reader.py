"""What a browser would send of a page's form, were it sent as it stands."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.fields: dict[str, list[str]] = {}
        self.select = ""
        self.area = ""
        self.option: tuple[str | None, bool] | None = None
        self.text = ""
        self.chosen: str | None = None
        self.first: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "form":
            self.inside = have.get("id") == self.form_id
        if not self.inside or "disabled" in have:
            return
        name, kind = have.get("name") or "", have.get("type") or "text"
        if tag == "input" and name and (kind not in ("radio", "checkbox") or "checked" in have):
            self.fields.setdefault(name, []).append(have.get("value") or "")
        elif tag == "textarea":
            self.area, self.text = name, ""
        elif tag == "select":
            self.select, self.chosen, self.first = name, None, None
        elif tag == "option":
            self.option, self.text = (have.get("value"), "selected" in have), ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.area:
            self.fields.setdefault(self.area, []).append(self.text.replace("\r\n", "\n").removeprefix("\n"))
            self.area = ""
        elif tag == "option" and self.option:
            value = self.text.strip() if self.option[0] is None else self.option[0]
            self.first = value if self.first is None else self.first
            self.chosen = value if self.option[1] else self.chosen
            self.option = None
        elif tag == "select" and self.select:
            chosen = self.first if self.chosen is None else self.chosen
            self.fields.setdefault(self.select, []).append(chosen or "")
            self.select = ""


def fields_of(page: str, form_id: str = "attempt") -> dict[str, list[str]]:
    """Return the values of the form's fields by name, in the order of the page."""
    reader = _Reader(form_id)
    reader.feed(page)
    return reader.fields
