"""Nothing that acts comes out of any text, in any place of Markdown where text or an attribute can stand."""

import html5lib
import pytest

from learning.formats.markdown_html import render_fragments
from learning.formats.safe_html import clean

SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></mtext><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "</p><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "<x/onclick=alert(1)>x",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]  # fmt: skip
LINKS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](<javascript:alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://evil.example/1)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x][y]\n\n[y]: javascript:alert(1) "t"',
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](media/a.png)',
    '![x](media/a.png "t" onerror=alert(1))',
    '[x](https://a.example "x" onclick="alert(1))',
    "[x](https://a.example){onclick=alert(1)}",
    "[x](https://a.example){: onclick=alert(1) style='color:red'}",
    "[x](https://a.example){: href=javascript:alert(1) }",
    "## x {onclick=alert(1) style=position:fixed}",
    "## x {#a onclick=alert(1)}",
    "*x*{: onmouseover=alert(1) }",
    "`x`{: onmouseover=alert(1) }",
    "![x](media/a.mp4){: onerror=alert(1) autoplay=1 src=https://evil.example/x }",
    "| a {: onclick=alert(1) } |\n|--|\n| b {: style=position:fixed } |",
    "```{.js onclick=alert(1)}\nx\n```",
    "``` {#a .b data-x=1 onload=alert(1)}\nx\n```",
    '!!! note "<script>alert(1)</script>"\n    x',
    '!!! note onclick=alert(1) "x"\n    x',
    '??? "><img src=x onerror=alert(1)>" "x"\n    x',
    "[^<script>alert(1)</script>]\n\n[^<script>alert(1)</script>]: x",
    "[^1]\n\n[^1]: <img src=x onerror=alert(1)>",
    "term\n: <svg onload=alert(1)>",
    "++<script>alert(1)</script>++",
    "==<img src=x onerror=alert(1)>==",
    "*[HTML]: <script>alert(1)</script>\n\nHTML",
    "a<b onclick=alert(1)>c",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)\\</script>",
]  # fmt: skip
PLACES = [
    "{}", "- {}", "> {}", "# {}", "**{}**", "| {} |\n|--|\n| {} |", "!!! note\n    {}", "a\n: {}", "- [x] {}",
    "[{}](https://a.example)", "![{}](media/a.png)", '[a](https://a.example "{}")',
]  # fmt: skip
DANGEROUS = {
    "script", "style", "iframe", "object", "embed", "form", "input", "button", "link", "meta", "base", "svg", "math",
    "template", "noscript", "textarea", "select",
}  # fmt: skip
NAMESPACE = "{http://www.w3.org/1999/xhtml}"


def live_parts(made: str) -> list[str]:
    """Return what a browser would act on in this HTML."""
    found = []
    for element in html5lib.parseFragment(made, treebuilder="etree").iter():
        tag = str(element.tag).removeprefix(NAMESPACE)
        if tag in DANGEROUS or tag.startswith("{"):
            found.append(tag)
        for name, value in element.attrib.items():
            address = "".join(value.split()).lower()
            if str(name).startswith("on") or name in {"style", "srcdoc", "action", "formaction", "autoplay"}:
                found.append(f"{tag} {name}")
            has_scheme = name in {"href", "src"} and ":" in address.split("/")[0].split("#")[0]
            if has_scheme and not address.startswith(("http:", "https:", "mailto:")):
                found.append(f"{tag} {name}={value}")
            if name == "src" and address.startswith(("http", "//")):
                found.append(f"{tag} {name}={value}")
    return found


def render(source: str) -> str:
    html, _ = render_fragments({"body": source}, language="vi", media_base="/m/", strip_links=False)
    return html["body"]


def test_the_oracle_sees_what_acts() -> None:
    assert live_parts("<p onclick=a>x</p><script>1</script><a href='java\tscript:1'>x</a>") == [
        "p onclick",
        "script",
        "a href=java\tscript:1",
    ]


@pytest.mark.parametrize("place", PLACES)
def test_tags_do_nothing_wherever_they_stand(place: str) -> None:
    for script in SCRIPTS:
        assert live_parts(render(place.replace("{}", script))) == [], script


@pytest.mark.parametrize("source", LINKS)
def test_links_attributes_and_titles_do_nothing(source: str) -> None:
    assert live_parts(render(source)) == []


@pytest.mark.parametrize("source", SCRIPTS)
def test_the_sanitizer_alone_holds_too(source: str) -> None:
    assert live_parts(clean(source, id_prefix="s-")) == []


def test_attributes_that_only_we_set_cannot_be_set_by_an_author() -> None:
    made = render(
        "[a](https://a.example){: tabindex=5 role=alert rel=opener class='btn admonition' target=_blank }"
    )
    assert made == '<p><a class="admonition" href="https://a.example" rel="noopener noreferrer">a</a></p>'
