"""The application: knows every package and puts them together; only wsgi.py and tests import it."""

import atexit
import logging
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import learning.audit.models
import learning.limits.models
import learning.notices.models
import learning.quizzes.models
import learning.settings.models  # noqa: F401  (tables must be known before the migrations compare)
from learning.accounts.views import init_accounts
from learning.administration.cli import organizations, people
from learning.administration.views import blueprint as administration
from learning.api.views import blueprint as api
from learning.assigning.views import blueprint as assigning
from learning.authoring.cli import content, quiz
from learning.authoring.views import blueprint as authoring
from learning.certificates.views import blueprint as certificates
from learning.classrooms.settings import SETTINGS as CLASSROOMS
from learning.classrooms.views import blueprint as classrooms
from learning.config import ROOT, Config
from learning.database import db, init_database
from learning.domain.settings import Setting
from learning.domain.settings import by_name as settings_by_name
from learning.evaluations.settings import STATEMENTS
from learning.evaluations.views import blueprint as evaluations
from learning.formats.rendering import Renderer
from learning.i18n import init_i18n
from learning.jobs.cli import jobs
from learning.jobs.kinds import by_name
from learning.mail.cli import mail
from learning.mail.views import blueprint as outbox
from learning.marking.views import blueprint as marking
from learning.operations.cli import demo, site
from learning.operations.upkeep import KINDS
from learning.operations.views import blueprint as operations
from learning.progress.cli import assignments, rollup
from learning.reminders.cli import reminders
from learning.reminders.texts import REMINDER_SETTINGS
from learning.reminders.views import blueprint as reminders_pages
from learning.reports.cli import report
from learning.reports.signatures import SIGNATURES
from learning.reports.targets import TARGETS
from learning.reports.views import blueprint as reports
from learning.study.views import blueprint as study
from learning.web.access import declared_permissions
from learning.web.assets import init_assets
from learning.web.clock import system_clock
from learning.web.compression import init_compression
from learning.web.errors import init_errors
from learning.web.forms import init_forms
from learning.web.headers import init_headers
from learning.web.pages import init_pages
from learning.web.templates import Templates
from learning.web.values import init_values

SETTINGS: tuple[Setting[Any], ...] = (*TARGETS, *SIGNATURES, STATEMENTS, *CLASSROOMS, *REMINDER_SETTINGS)


def create_app(config: Config | None = None) -> Flask:
    """Return the application; raises BadSetting for settings it cannot run with, UndeclaredRoute."""
    config = config or Config.from_environment()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=None,
        instance_path=str(config.data_dir),
    )
    app.jinja_environment = Templates
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=config.testing,
        PROPAGATE_EXCEPTIONS=config.testing,
        CLOCK=system_clock,
        ZONE=config.zone,
        SITE=config,
        SITE_NAME=config.site_name,
        MAX_CONTENT_LENGTH=config.max_content_length,
        TRUSTED_HOSTS=list(config.hosts),
        # Flask's own signed cookie holds the CSRF token and flashed messages; who is signed in stands elsewhere.
        SESSION_COOKIE_NAME="__Host-form" if config.secure else "form",
        SESSION_COOKIE_SECURE=config.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the browser's session: people leave tabs open
    )
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    app.logger.setLevel(logging.INFO)

    init_database(app, config.sqlalchemy_url)
    Migrate(app, db, directory=str(ROOT / "learning" / "migrations"), render_as_batch=True, compare_type=True)
    init_i18n(app, config.default_language, config.time_zone)
    init_forms(app)  # before everything that reads a form
    init_values(app)  # before everything that asks the database
    init_headers(app, secure=config.secure)
    init_compression(app)
    init_accounts(
        app, secure=config.secure
    )  # before CSRF, so that an expired session is told from a bad token
    CSRFProtect(app).exempt(api)  # a program shows its token with each request; no browser sends it by itself
    init_pages(app)
    init_errors(app)
    init_assets(app, ROOT / "static", config.data_dir / "assets")
    renderer = Renderer()
    atexit.register(renderer.close)
    app.extensions["renderer"] = renderer

    app.extensions["jobs"] = by_name(KINDS)
    app.extensions["settings"] = settings_by_name(SETTINGS)
    for blueprint in (
        study,
        certificates,
        classrooms,
        evaluations,
        authoring,
        marking,
        assigning,
        reports,
        administration,
        outbox,
        reminders_pages,
        operations,
        api,
    ):
        app.register_blueprint(blueprint)
    for group in (
        content,
        quiz,
        organizations,
        people,
        assignments,
        rollup,
        report,
        jobs,
        mail,
        reminders,
        demo,
        site,
    ):
        app.cli.add_command(group)
    declared_permissions(app)
    return app
