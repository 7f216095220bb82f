"""Going through pages with the keyboard alone, and minding at each stop that the eye can follow."""

from dataclasses import dataclass

from playwright.sync_api import Page

MANY = 300
LEAST = 48  # pixels: half of so much of a tall element must be in sight, and half of a lower one
_STOP = """([selector, least]) => {
  const here = document.activeElement, style = getComputedStyle(here), box = here.getBoundingClientRect();
  const bar = document.querySelector(".actionbar");
  const floor = bar && !bar.contains(here) ? bar.getBoundingClientRect().top : innerHeight;
  return {
    name: here.outerHTML.slice(0, 100),
    there: here.matches(selector),
    // The parts of a date field have rings of the browser's own; between two rounds nothing has the focus.
    ringed: !here.matches(":focus") || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inSight: here === document.body
      || Math.min(box.bottom, floor) - Math.max(box.top, 0) >= Math.min(box.height, least) / 2,
  };
}"""


@dataclass(frozen=True)
class Keyboard:
    """The keyboard before a page."""

    page: Page

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def to(self, selector: str, *, key: str = "Tab") -> None:
        """Press Tab until an element that matches has the focus; fail where the focus cannot be seen."""
        passed = []
        for _step in range(MANY):
            self.press(key)
            stop = self.page.evaluate(_STOP, [selector, LEAST])
            passed.append(stop["name"])
            assert stop["ringed"], f"no ring around {stop['name']}"
            assert stop["inSight"], f"the focus is out of sight: {stop['name']}"
            if stop["there"]:
                return
        raise AssertionError(f"{selector} was not reached on {self.page.url}; passed {passed[:40]}")

    def follow(self, selector: str, *, key: str = "Enter") -> None:
        """Go to a link or button, press it, and wait for the page it leads to."""
        self.to(selector)
        with self.page.expect_event("load"):
            self.press(key)

    def skip_to_main(self) -> None:
        """Use the first stop of every page, the link past its header."""
        self.to("a.skip")
        self.press("Enter")
        assert self.page.evaluate("document.activeElement.id") == "main"

    def write(self, selector: str, text: str) -> None:
        """Go to a field and type."""
        self.to(selector)
        self.page.keyboard.type(text)

    def sign_in(self, username: str, password: str) -> None:
        """Sign in from the first page."""
        self.page.goto("/")
        self.follow("main a[href='/sign-in']")
        self.write("[name=username]", username)
        self.write("[name=password]", password)
        self.follow("main form button")

    def answer(self, question: str, values: frozenset[str]) -> None:
        """Tick the choices with these values, with arrows or Space, or type one of them into a field."""
        group = f"input[name='q-{question}']"
        kind = self.page.locator(group).first.get_attribute("type")
        if kind == "text":
            self.write(group, min(values))
            return
        if kind == "checkbox":
            for box in self.page.locator(group).all():
                value = box.get_attribute("value")
                if value in values:
                    self.to(f"{group}[value='{value}']")
                    self.press("Space")
            return
        order = [radio.get_attribute("value") for radio in self.page.locator(group).all()]
        self.to(group)
        steps = order.index(next(iter(values)))
        self.press(*(["ArrowDown"] * steps or ["Space"]))
