"""Settings of the site, read once from the environment; `docs/operating.md` lists them all."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from learning.domain.mail import MailServer

ROOT = Path(__file__).resolve().parent.parent
MINIMUM_SECRET = 32
LANGUAGES = ("vi", "en", "he")


class BadSetting(Exception):
    """A setting is missing or cannot be read; the message names it and the remedy."""


@dataclass(frozen=True)
class Config:
    """Everything the site can be told from outside; sizes in bytes."""

    data_dir: Path
    secret_key: str = field(repr=False)
    database_url: str = field(default="", repr=False)
    site_name: str = "Học tập số cơ sở"
    site_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    max_content_length: int = 32 * 1024 * 1024
    default_language: str = "vi"
    time_zone: str = "Asia/Ho_Chi_Minh"
    demo_password: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    testing: bool = False

    @property
    def secure(self) -> bool:
        """Whether people reach the site over TLS, so that cookies may be bound to it."""
        return urlsplit(self.site_url).scheme == "https"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names the site answers to."""
        if self.trusted_hosts:
            return self.trusted_hosts
        host = urlsplit(self.site_url).hostname or "127.0.0.1"
        loopback = ("127.0.0.1", "localhost") if not self.secure else ()
        return tuple(dict.fromkeys((host, *loopback)))

    @property
    def mail_server(self) -> MailServer | None:
        """The server that takes our mail; None where no mail is set up."""
        return MailServer.parse(self.smtp_url, self.mail_from, name=self.site_name) if self.smtp_url else None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end and times are shown."""
        return ZoneInfo(self.time_zone)

    @property
    def sqlalchemy_url(self) -> str:
        """The database address with the driver named."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'site.db'}"
        for scheme in ("postgresql://", "postgres://"):
            if self.database_url.startswith(scheme):
                return "postgresql+psycopg://" + self.database_url.removeprefix(scheme)
        return self.database_url

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings from `environ` (default: `.env` and the process's own); raises BadSetting."""
        if environ is None:
            environ = {**{k: v or "" for k, v in dotenv_values(Path(".env")).items()}, **os.environ}

        def integer(name: str, default: int) -> int:
            text = environ.get(name, "").strip()
            if not text:
                return default
            if not text.isascii() or not text.isdigit():
                raise BadSetting(f"{name} must be a whole number, not {text!r}")
            return int(text)

        secret = environ.get("SECRET_KEY", "")
        if len(secret) < MINIMUM_SECRET:
            raise BadSetting(f"SECRET_KEY must be set, with {MINIMUM_SECRET} characters or more")
        config = cls(
            data_dir=Path(environ.get("DATA_DIR") or "instance").resolve(),
            secret_key=secret,
            database_url=environ.get("DATABASE_URL", ""),
            site_name=environ.get("SITE_NAME") or cls.site_name,
            site_url=(environ.get("SITE_URL") or cls.site_url).rstrip("/"),
            trusted_hosts=tuple(h.strip() for h in environ.get("TRUSTED_HOSTS", "").split(",") if h.strip()),
            trusted_proxies=integer("TRUSTED_PROXIES", 0),
            max_content_length=integer("MAX_CONTENT_LENGTH", cls.max_content_length),
            default_language=environ.get("DEFAULT_LANGUAGE") or cls.default_language,
            time_zone=environ.get("TIME_ZONE") or cls.time_zone,
            demo_password=environ.get("DEMO_PASSWORD", ""),
            smtp_url=environ.get("SMTP_URL", ""),
            mail_from=environ.get("MAIL_FROM", ""),
        )
        if config.default_language not in LANGUAGES:
            raise BadSetting(f"DEFAULT_LANGUAGE must be one of {', '.join(LANGUAGES)}")
        try:
            config.zone  # noqa: B018  (read for its check)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadSetting(f"TIME_ZONE {config.time_zone!r} is not known") from error
        try:
            config.mail_server  # noqa: B018  (read for its check)
        except ValueError as error:
            raise BadSetting(str(error)) from error
        if not urlsplit(config.site_url).hostname:
            raise BadSetting("SITE_URL must be an address such as https://hoc.example")
        return config

    @classmethod
    def for_tests(cls, *, database_url: str, data_dir: Path) -> Self:
        """A configuration for one test: its own database, folder and secret."""
        return cls(
            data_dir=data_dir,
            secret_key=secrets.token_hex(32),
            database_url=database_url,
            site_url="http://localhost",
            demo_password="demonstration-only",  # noqa: S106  (a test's own, never reachable)
            testing=True,
        )
