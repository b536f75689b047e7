"""What Hilo's own host answers about packages: taking one in, looking at it, and the page that frames it for a learner."""

from __future__ import annotations

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import LANGUAGES, language
from app.core.web import POLICY
from app.curriculum import services as learning
from app.curriculum.authoring.services import holder_of, save_packages
from app.curriculum.blueprint import bp, seen_module
from app.curriculum.models import Assignment, Module, ModuleKind
from app.curriculum.packages import services
from app.curriculum.packages.forms import PackageForm
from app.curriculum.packages.models import Package, PackageAttempt
from app.curriculum.packages.origin import Pass, must_have_origin, sign
from app.curriculum.packages.reading.archive import LARGEST

ROOM_FOR_FORM = 1024**2


@bp.url_value_preprocessor
def let_packages_be_large(endpoint: str | None, _values: object) -> None:
    """Before anything reads the form: a package may be larger than other files."""
    if endpoint == "curriculum.package":
        request.max_content_length = LARGEST + ROOM_FOR_FORM


# --- For who writes ---


@bp.route("/modules/<int:module_id>/package", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def package(module_id: int) -> ResponseReturnValue:
    """The packages of a module, one for each language or one for both; take another in."""
    module, form, said = _packed_module(module_id), PackageForm(), None
    if form.validate_on_submit():
        try:
            _take_in(module, form)
        except Refused as refusal:
            db.session.rollback()
            module, said = _packed_module(module_id), str(refusal)
        else:
            return redirect(url_for("curriculum.package", module_id=module_id))
    page = render_template(
        "packages/package.html", module=module, form=form, said=said, held=_held(module), largest=LARGEST // 1024**2
    )
    return page, 422 if form.errors or said else 200


def _take_in(module: Module, form: PackageForm) -> None:
    """Check the file before the writing transaction begins, then store it."""
    module_id, sent = module.id, form.file.data
    db.session.rollback()
    sent.stream.seek(0, 2)
    size = sent.stream.tell()
    sent.stream.seek(0)
    package, files = services.read(sent.stream, size, name=sent.filename or "")
    module = _packed_module(module_id)
    services.install(db.session(), package, files, by=viewer(), on=now())
    save_packages(db.session(), module, package.id, form.languages, by=viewer(), on=now())
    db.session.commit()
    flash(_("Package added: %(title)s.", title=package.title_in(language())))


def _held(module: Module) -> list[tuple[list[str], Package]]:
    """(languages, package) of what the module, or its draft, has."""
    holder = holder_of(db.session(), module)
    found: dict[int, list[str]] = {}
    for code in LANGUAGES:
        number = getattr(holder, f"package_{code}_id")
        if number is not None:
            found.setdefault(number, []).append(code)
    return [(codes, db.session.get_one(Package, number)) for number, codes in found.items()]


def _packed_module(module_id: int) -> Module:
    """A module of the kind that has packages; 404 for others."""
    module = seen_module(module_id)
    if holder_of(db.session(), module).kind is not ModuleKind.PACKAGE:
        abort(404)
    return module


@bp.get("/modules/<int:module_id>/package/<int:package_id>")
@requires(Permission.WRITE_MODULES)
def look_at_package(module_id: int, package_id: int) -> ResponseReturnValue:
    """A package as learners will have it; nothing is kept."""
    module = seen_module(module_id)
    found = one_or_404(Package.visible_to(viewer()).where(Package.id == package_id))
    given = _pass(found.id, None, language(), "browse")
    back = (url_for("curriculum.package", module_id=module.id), _("Package of “%(module)s”", module=module.title.text))
    return _framed(
        given, title=found.title_in(language()), back=back, attempt=None, said=_("Preview: nothing is kept.")
    )


# --- For who learns ---


@bp.post("/learn/<int:assignment_id>/package")
@requires(Permission.LEARN)
def open_package(assignment_id: int) -> ResponseReturnValue:
    """Begin a package, or go on with it, in a sitting of its own."""
    found, wanted = _own(assignment_id), request.form.get("language", "")
    must_have_origin()
    attempt = services.begin(db.session(), found, wanted if wanted in LANGUAGES else language(), on=now())
    db.session.commit()
    return redirect(url_for("curriculum.play", attempt_id=attempt.id))


@bp.get("/play/<int:attempt_id>")
@requires(Permission.LEARN)
def play(attempt_id: int) -> ResponseReturnValue:
    """The page that frames the package of one's own attempt; once the module is done, a review that keeps nothing."""
    attempt = one_or_404(
        PackageAttempt.visible_to(viewer()).where(
            PackageAttempt.id == attempt_id, PackageAttempt.person_id == viewer().id
        )
    )
    assignment = _own(attempt.assignment_id)
    given = _pass(attempt.package_id, attempt, attempt.language, "normal" if learning.is_open(assignment) else "review")
    back = (url_for("curriculum.learn", assignment_id=assignment.id), assignment.module.title.text)
    return _framed(given, title=assignment.module.title.text, back=back, attempt=attempt, assignment=assignment)


def _own(assignment_id: int) -> Assignment:
    own = Assignment.visible_to(viewer()).where(Assignment.person_id == viewer().id)
    return one_or_404(own.where(Assignment.id == assignment_id))


def _pass(package_id: int, attempt: PackageAttempt | None, code: str, mode: str) -> Pass:
    number, sitting = (attempt.id, attempt.sitting) if attempt is not None else (0, 0)
    return Pass(package_id, number, sitting, code, request.host_url.rstrip("/"), mode)


def _framed(given: Pass, **facts: object) -> ResponseReturnValue:
    """A page that frames the player on its own host, and nothing else from anywhere."""
    origin = must_have_origin()
    page = make_response(
        render_template("packages/play.html", origin=origin, source=f"{origin}/p/{sign(given)}/", **facts)
    )
    page.headers["Content-Security-Policy"] = f"{POLICY}; frame-src {origin}"
    return page
