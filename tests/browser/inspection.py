"""What must hold on every page: no fault found by axe, nothing wider than the window, targets a thumb can hit.

With `PICTURES` set to a folder, each page is photographed there as well; scripts/screenshots.py does so.
"""

import os
import re
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW, MIDDLE, WIDE = 360, 768, 1280
HEIGHT = 800
PICTURES = os.environ.get("PICTURES")
# The first language in all widths and schemes; the others, whose colors are the same, once in each of them.
LOOKS = {
    "vi": tuple(product((NARROW, WIDE), ("light", "dark"))),
    "en": ((NARROW, "dark"), (WIDE, "light")),
    "he": ((NARROW, "dark"), (WIDE, "light")),
}
TARGET = 44  # CSS pixels, the floor of the design for what a thumb must hit
_AXE = Axe()
_RUN = """async () => (await axe.run({resultTypes: ["violations"]})).violations.map((found) =>
  `${found.id}: ${found.nodes.map((node) => node.target + " " + node.failureSummary).join("; ")}`)"""

# Main actions are buttons, links that look like one, the navigation, choices and fields; links in running text
# are exempt (WCAG 2.2, 2.5.8), and so is what only a screen reader finds.
_SMALL = """(least) => [...document.querySelectorAll(
    "button, a.button, a.link, .nav a, .brand, summary, label.choice, select, textarea, input:not([type=hidden])")]
  .map((element) => element.closest("label.choice") ?? element)
  .filter((element) => element.checkVisibility() && !element.matches(".unseen"))
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => Math.round(box.height) < least || Math.round(box.width) < least)
  .map(([element, box]) => `${element.outerHTML.slice(0, 90)} is ${box.width} x ${box.height}`)"""


@dataclass
class Inspection:
    """Looks at pages in one window and gathers what is wrong, so that one run tells of all of them."""

    page: Page
    language: str
    faults: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def look(self, name: str, path: str = "", *, status: int = 200) -> None:
        """Open the path, or stay where the test has led, and look at the page in each width and scheme."""
        page = self.page
        if path:
            answer = page.goto(path)
            assert answer is not None
            if answer.status != status:
                self.faults.append(f"{name}: {path} answered {answer.status}")
        self.seen.append(name)
        root = page.locator("html")
        direction = "rtl" if self.language == "he" else "ltr"
        if (root.get_attribute("lang"), root.get_attribute("dir")) != (self.language, direction):
            self.faults.append(f"{name}: not in {self.language}")
        page.evaluate(_AXE.axe_script)
        for width, scheme in LOOKS[self.language]:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
            place = f"{name} {width} {scheme}"
            self.faults += [f"{place}: {fault}" for fault in page.evaluate(_RUN)]
            self._measure(place)
        if PICTURES:
            self._photograph(name, Path(PICTURES))

    def _photograph(self, name: str, folder: Path) -> None:
        file = re.sub(r"\W+", "-", name)
        for width, scheme in product((NARROW, MIDDLE, WIDE), ("light", "dark")):
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
            self.page.screenshot(path=folder / f"{file}-{self.language}-{width}-{scheme}.png", full_page=True)

    def _measure(self, place: str) -> None:
        too_wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if too_wide:
            self.faults.append(f"{place}: the page is {too_wide} pixels wider than the window")
        self.faults += [f"{place}: {small}" for small in self.page.evaluate(_SMALL, TARGET)]
