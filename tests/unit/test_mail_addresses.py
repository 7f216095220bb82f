"""Addresses of mail and of the server that sends it."""

import pytest

from learning.config import BadSetting, Config
from learning.domain.errors import Refused
from learning.domain.mail import MailServer, Security, checked_address, is_address

GOOD = ("nguoi.thu@coquan.example", "a@b.example", "x+y_z@mail.xa-dong-thu.example", "o'neill@coquan.example")
BAD = (
    "nguoi", "@coquan.example", "nguoi@", "nguoi@coquan", "a b@coquan.example", "a@coquan.example\n", "a@-x.example",
    "a@coquan.example\r\nBcc: b@coquan.example", ".a@coquan.example", "a..b@coquan.example", "người@coquan.example",
    "a@b@coquan.example", "<a@coquan.example>", f"{'a' * 65}@coquan.example", f"a@{'b' * 250}.example",
)  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_an_address_is_one(address: str) -> None:
    assert is_address(address)
    assert checked_address(f"  {address} ") == address


@pytest.mark.parametrize("address", BAD)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not is_address(address)
    if address.strip() == address:
        with pytest.raises(Refused):
            checked_address(address)


def test_no_address_is_none() -> None:
    assert checked_address("  ") is None


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://mail.example", 25, Security.OFFERED),
        ("smtp://ten:mat@mail.example", 25, Security.STARTTLS),
        ("smtp://127.0.0.1:1025", 1025, Security.NEVER),
        ("smtp+starttls://mail.example", 587, Security.STARTTLS),
        ("smtps://ten:m%40t@mail.example", 465, Security.TLS),
    ],
)
def test_the_line_is_as_open_as_the_setting_says(url: str, port: int, security: Security) -> None:
    server = MailServer.parse(url, "Học tập <hoc@coquan.example>", name="khác")
    assert (server.port, server.security) == (port, security)
    assert (server.sender_name, server.sender, server.domain) == (
        "Học tập",
        "hoc@coquan.example",
        "coquan.example",
    )
    assert server.password in ("", "mat", "m@t")
    assert "m@t" not in repr(server)


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://a:b", "smtp://a/b", "smtp://a?x=y"]
)
def test_an_address_of_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"SMTP_URL|[Pp]ort"):
        MailServer.parse(url, "hoc@coquan.example", name="")


@pytest.mark.parametrize(
    "settings", [{"SMTP_URL": "smtp://mail.example"}, {"SMTP_URL": "mail", "MAIL_FROM": "hoc@coquan.example"}]
)
def test_the_site_does_not_start_with_half_a_setting(settings: dict[str, str]) -> None:
    secret = {"SECRET_KEY": "x" * 48}
    assert Config.from_environment(secret).mail_server is None
    with pytest.raises(BadSetting, match=r"SMTP_URL|MAIL_FROM"):
        Config.from_environment(secret | settings)


@pytest.mark.parametrize("sender", ["", "hoc", "Học <hoc>"])
def test_mail_has_a_sender(sender: str) -> None:
    with pytest.raises(ValueError, match="MAIL_FROM"):
        MailServer.parse("smtp://mail.example", sender, name="")
