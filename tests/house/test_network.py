"""No test reaches another machine, whether its code speaks by itself or through a browser."""

import socket

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import window
from tests.support.network import ForeignNetwork, is_local


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.8.8.8"])
def test_this_machine_is_local(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "site.example", "localhost.example", "2001:db8::1"])
def test_others_are_not(host: str) -> None:
    assert not is_local(host)


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as one, pytest.raises(ForeignNetwork):
        one.connect(("192.0.2.1", 80))


@pytest.mark.browser
def test_a_page_that_asks_for_a_foreign_address_fails_its_test(browser: Browser) -> None:
    def show() -> None:
        with window(browser) as context:
            page = context.new_page()
            page.set_content('<img src="https://cdn.example/x.png" alt="absent">')
            expect(page.locator("img")).to_have_js_property("complete", value=True)

    with pytest.raises(AssertionError, match=r"https://cdn\.example/x\.png"):
        show()
