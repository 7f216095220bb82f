"""What must hold on every page: no fault found by axe, nothing wider than the window, targets a thumb can hit.

With `PICTURES` set to a folder, each page is photographed there as well; scripts/screenshots.py does so.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from zlib import crc32

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW, MIDDLE, WIDE = 360, 768, 1280
HEIGHT = 800
PICTURES = os.environ.get("PICTURES")
LANGUAGES = ("vi", "en", "he")
# A page is looked at in one of these in each language; any three in a row have both widths and both schemes.
LOOKS = ((NARROW, "light"), (WIDE, "dark"), (NARROW, "dark"), (WIDE, "light"))
TARGET = 44  # CSS pixels, the floor of the design for what a thumb must hit
_AXE = Axe()
_RUN = """async () => (await axe.run({resultTypes: ["violations"]})).violations.map((found) =>
  `${found.id}: ${found.nodes.map((node) => node.target + " " + node.failureSummary).join("; ")}`)"""

# Main actions are buttons, links that look like one, the navigation, choices and fields; links in running text
# are exempt (WCAG 2.2, 2.5.8), and so is what only a screen reader finds.
_SMALL = """(least) => [...document.querySelectorAll(
    "button, a.button, a.link, .nav a, .brand, summary, label.choice, select, textarea, input:not([type=hidden])")]
  .map((element) => element.closest("label.choice, label.part") ?? element)
  .filter((element) => element.checkVisibility() && !element.matches(".unseen"))
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => Math.round(box.height) < least || Math.round(box.width) < least)
  .map(([element, box]) => `${element.outerHTML.slice(0, 90)} is ${box.width} x ${box.height}`)"""

# The innermost of the elements that reach farthest out of the window.
_WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && !element.closest(".scroll, .table-scroll, .unseen"))
  .map((element) => [element, element.getBoundingClientRect()])
  .map(([element, box]) => [element, Math.max(box.right - document.documentElement.clientWidth, -box.left)])
  .reduce((widest, next) => (next[1] >= widest[1] ? next : widest))[0].outerHTML.slice(0, 120)"""

# Words of the page itself, whose letters no name beside them may have turned around.
_TURNED = r"""(rightToLeft) => {
  const letters = rightToLeft ? /\p{Script=Hebrew}/u : /\p{Script=Latin}/u;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const box = (node, at) => {
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element.closest("bdi, body [dir], option, textarea, .unseen") || !element.checkVisibility()) continue;
    const at = [...node.data].findIndex((letter, i) => letters.test(letter) && letters.test(node.data[i + 1] ?? ""));
    if (at < 0) continue;
    const [first, second] = [box(node, at), box(node, at + 1)];
    if (first.top !== second.top || !first.width || !second.width) continue;
    if (rightToLeft ? second.left > first.left : second.left < first.left)
      found.push(`turned around: ${node.data.trim().slice(0, 60)}`);
  }
  return found;
}"""

# What is cut off and cannot be scrolled to; the name in the header is whole in its menu.
_CUT = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && !element.closest(".unseen, svg, input, .masthead .name"))
  .filter((element) => ["hidden", "clip"].includes(getComputedStyle(element).overflowX))
  .filter((element) => element.scrollWidth > element.clientWidth + 1)
  .map((element) => `cut off: ${element.outerHTML.slice(0, 90)}`)"""


@dataclass
class Inspection:
    """Looks at pages in one window and gathers what is wrong, so that one run tells of all of them."""

    page: Page
    language: str
    looks: Sequence[tuple[int, str]] = ()
    """Widths and schemes; one that name and language of the page decide when nothing is said."""
    faults: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def look(self, name: str, path: str = "", *, status: int = 200) -> None:
        """Open the path, or stay where the test has led, and look at the page."""
        page = self.page
        if path:
            answer = page.goto(path)
            assert answer is not None
            if answer.status != status:
                self.faults.append(f"{name}: {path} answered {answer.status}")
        page.wait_for_load_state()  # a click only waits for the first bytes: no style sheet may have come
        self.seen.append(name)
        root = page.locator("html")
        direction = "rtl" if self.language == "he" else "ltr"
        if (root.get_attribute("lang"), root.get_attribute("dir")) != (self.language, direction):
            self.faults.append(f"{name}: not in {self.language}")
        page.evaluate(_AXE.axe_script)
        turn = crc32(name.encode()) + LANGUAGES.index(self.language)
        for width, scheme in self.looks or (LOOKS[turn % len(LOOKS)],):
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
            widest = self.page.evaluate(_WIDEST)
            self.faults.append(f"{place}: the page is {too_wide} pixels wider than the window: {widest}")
        self.faults += [f"{place}: {small}" for small in self.page.evaluate(_SMALL, TARGET)]
        self.faults += [f"{place}: {turned}" for turned in self.page.evaluate(_TURNED, self.language == "he")]
        self.faults += [f"{place}: {cut}" for cut in self.page.evaluate(_CUT)]
