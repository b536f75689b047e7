"""Hilo: follows the thread from audit finding to gap, remedy, evidence and gap closed.

The only file that knows every room. ARCHITECTURE.md tells what each is for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def create_app(config: Mapping[str, Any]) -> Flask:
    """Build the application from `config.load()` or a test's own settings.

    Raises `RuntimeError` when a route does not say who may use it. Rooms are imported here, not above, so that each can
    be imported alone.
    """
    from app.accounts import access
    from app.cohorts import entries as cohorts
    from app.core import assets, calendars, errors, follow, frame, i18n, jobs, migrations, web
    from app.core.database import db, prepare_engine
    from app.home import navigation

    app = Flask(__name__, static_folder=None, template_folder="core/templates")
    app.config.update(config)
    app.logger.setLevel(logging.INFO)
    if app.config.get("PROXIES"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=app.config["PROXIES"], x_proto=1, x_host=1)
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            prepare_engine(engine)
    migrations.init_app(app)
    web.init_app(app)
    access.login.init_app(app)
    i18n.init_app(app, reader=access.signed_in)
    errors.init_app(app)
    assets.init_app(app)
    frame.init_app(
        app, viewer=access.signed_in, items=navigation.places, doors=navigation.doors, place=navigation.place
    )
    follow.init_app(app, _in_the_same_transaction())
    calendars.init_app(app, (cohorts.entries_of,))
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    jobs.init_app(app)
    unmarked = web.unmarked_routes(app)
    if unmarked:
        raise RuntimeError(f"routes that do not say who may use them: {', '.join(unmarked)}")
    return app


def _blueprints() -> Sequence[Blueprint]:
    from app.accounts import doors as accounts
    from app.audits import doors as audits
    from app.coaching import doors as coaching
    from app.cohorts import doors as cohorts
    from app.core import health
    from app.curriculum import doors as curriculum
    from app.gaps import doors as gaps
    from app.governance import doors as governance
    from app.home import doors as home
    from app.metrics import doors as metrics
    from app.remedies import doors as remedies
    from app.reports import doors as reports

    return (
        accounts.account,
        accounts.people,
        accounts.admin,
        accounts.settings,
        metrics.bp,
        curriculum.bp,
        curriculum.content,
        audits.bp,
        gaps.bp,
        coaching.bp,
        cohorts.bp,
        remedies.bp,
        remedies.thread,
        governance.bp,
        governance.desk,
        reports.bp,
        reports.reviews,
        home.bp,
        health.bp,
    )


def _in_the_same_transaction() -> dict[Any, Sequence[Any]]:
    """Who follows what, before it is committed."""
    from app.coaching import services as coaching
    from app.core.follow import Event
    from app.curriculum import services as curriculum
    from app.curriculum.live import services as live
    from app.gaps import services as gaps
    from app.gaps.redefining import services as redefining

    return {
        Event.FINDINGS_CHANGED: (gaps.findings_changed,),
        Event.AUDITS_TAKEN_BACK: (coaching.void_for_audits,),
        Event.UNDOING: (gaps.refuse_undo,),
        Event.MODULE_COMPLETED: (gaps.remedies_completed,),
        Event.TARGETS_CHANGING: (redefining.targets_changing,),
        Event.MAP_CHANGING: (redefining.map_changing,),
        Event.MAP_CHANGED: (redefining.map_changed,),
        Event.PERSON_LEFT: (coaching.person_left, curriculum.person_left, live.person_left),
    }
