"""Rules of the whole house: every table has its filter, every route its permission, every page its manners."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.accounts.access import roles_of
from app.accounts.models import User
from app.accounts.permissions import GRANTS, Permission
from app.core.database import Base
from tests.conftest import Cast

PARTS = {
    "CalibrationSeat", "AgreedAnswer",
    "CriterionCompetency", "Correction", "Criterion", "CriterionIdentity", "Finding", "ModuleCompetency", "ScorecardVersion",
    "Section", "ObligationChange", "SessionTopic", "Transition", "Effect", "Cell", "Tally",
    "PriorityEntry", "PrioritySignature", "InitiativeUnit", "InitiativeMove", "RiskScore", "ResolutionLook",
    "Option", "Draw", "Asked", "PathVersion", "PathStep", "PackageFile", "PackagePart", "PackageDocument",
    "PackageStatement",
    "DraftCopy", "DisputeStep", "CaseChange",
    "RubricLine", "PracticeLine", "Facilitator", "CompetencyTarget", "Redefinition", "Rederived", "TeamTransition",
    "Mark",
    "Recipient", "ReportSend",
    "LaunchUnit", "LaunchModule", "LaunchCriterion", "GateSignature",
    "ReviewComment", "ReviewAction",
}  # fmt: skip
"""Tables reached only through a model that has its filter."""
OPEN = {"UnitTree", "EffectsVersion", "Decision"}
"""Tables that hold no person's record and no name."""

NAMES = ("ana", "paola", "tomas", "ivan", "mariana", "carmen", "ada")
once = pytest.mark.once
EVERYTHING = ("mariana", "ada")
"""Who between them open every page: the two read it in English too, and on PostgreSQL they are enough."""
READERS = [
    *(pytest.param(name, "es", marks=() if name in EVERYTHING else once) for name in NAMES),
    *(pytest.param(name, "en", marks=once) for name in EVERYTHING),
]
Sign = Callable[..., FlaskClient]
MOST = 40_000
"""Bytes of a page as it is sent, compressed."""


def models() -> Iterator[type]:
    for mapper in Base.registry.mappers:
        yield mapper.class_


def test_each_module_that_hangs_pages_is_named_at_the_doors(app: Flask) -> None:
    hangs = re.compile(r"^from app\.[\w.]+\.(?:blueprint|desk|origin) import ", re.M)
    root = Path(__file__).parents[1]
    sources = {path.relative_to(root): path.read_text() for path in (root / "app").rglob("*.py")}
    modules = {".".join(path.with_suffix("").parts): text for path, text in sources.items()}
    assert {name for name, text in modules.items() if hangs.search(text)} <= set(sys.modules)


def test_each_table_has_one_filter_or_is_a_declared_part_or_open(app: Flask) -> None:
    without = {m.__name__ for m in models() if not hasattr(m, "visible_to")}
    assert without == PARTS | OPEN


@pytest.mark.parametrize("name", NAMES)
def test_each_filter_can_be_asked_by_each_role(session: Any, people: Cast, name: str) -> None:
    viewer = getattr(people, name)
    for model in models():
        if hasattr(model, "visible_to"):
            session.execute(model.visible_to(viewer).limit(1)).all()


def pages(app: Flask) -> list[Rule]:
    """Addresses of pages that need no number."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and not rule.rule.endswith(".svg")
        and not rule.endpoint.startswith("health.")
    ]


def permission_of(app: Flask, rule: Rule) -> Permission | None:
    return app.view_functions[rule.endpoint].permission


@pytest.mark.once
def test_no_sentence_hides_inside_the_braces_of_a_text() -> None:
    """What is in the braces of an f-string is not found for translation, and stays English."""
    hidden = re.compile(r"""\bf["'].*\{[^{}]*\bn?p?(?:_|gettext)\(['"]""")
    files = (Path(__file__).parents[1] / "app").rglob("*.py")
    assert [path.name for path in files if hidden.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(("name", "language"), READERS)
def test_each_page_opens_to_who_may_and_refuses_who_may_not(
    app: Flask, people: Cast, as_user: Sign, name: str, language: str
) -> None:
    viewer: User = getattr(people, name)
    with app.test_request_context():
        held = roles_of(viewer)
    granted = {permission for role in held for permission in GRANTS[role]} | {Permission.USE}
    client = as_user(viewer, language)
    for rule in pages(app):
        wanted = permission_of(app, rule)
        refused = wanted is not None and wanted not in granted
        answer = client.get(rule.rule)
        if refused:
            assert answer.status_code == 403, f"{rule.rule} must refuse {name}"
        else:
            assert answer.status_code in (200, 302), f"{rule.rule} answers {name} with {answer.status_code}"
        if answer.status_code != 302 and answer.mimetype == "text/html":
            check_manners(rule.rule, answer.get_data(as_text=True), language)


def asked_names() -> list[str]:
    """What pages read from their address, as the source names it."""
    sources = [path.read_text() for path in (Path(__file__).parents[1] / "app").rglob("*.py")]
    reads = re.compile(r"""args\.get(?:list)?\(\s*"(\w+)"|Filter\(\s*"(\w+)"|asked\.get(?:list)?\("(\w+)\"""")
    found = {name for source in sources for groups in reads.findall(source) for name in groups if name}
    return sorted(found - {"format", "lang"})


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param("²", marks=once),
        "9" * 30,
        pytest.param("-1,²", marks=once),
        pytest.param("2026-99", marks=once),
        "\x00",
    ],
    ids=ascii,
)
def test_an_address_of_nonsense_is_read_or_refused_never_broken(
    app: Flask, people: Cast, as_user: Sign, nonsense: str
) -> None:
    names = asked_names()
    assert {"unit", "person", "page", "month", "sort", "q"} <= set(names)
    client = as_user(people.mariana)
    for rule in pages(app):
        answer = client.get(rule.rule, query_string=dict.fromkeys(names, nonsense))
        assert answer.status_code in (200, 302, 400, 403, 404, 422), f"{rule.rule}: {answer.status_code}"


def test_a_number_no_row_can_have_is_not_found(app: Flask, people: Cast, as_user: Sign) -> None:
    client = as_user(people.ada)
    for rule in app.url_map.iter_rules():
        if rule.arguments and "GET" in (rule.methods or ()) and "<int:" in rule.rule:
            address = re.sub(r"<int:\w+>", "9" * 30, rule.rule)
            assert client.get(re.sub(r"<\w*:?\w+>", "x", address)).status_code in (403, 404), address


def test_each_page_sends_who_is_not_signed_in_to_sign_in(app: Flask, people: Cast, as_user: Sign) -> None:
    client = as_user(None)
    for rule in pages(app):
        if permission_of(app, rule) is not None:
            answer = client.get(rule.rule)
            assert answer.status_code == 302, rule.rule
            assert answer.location.startswith("/sign-in?next="), rule.rule


def test_what_changes_something_is_never_asked_by_get(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("packages."):
            methods -= {"PUT", "DELETE"}  # units of cmi5 speak xAPI, which has them
        assert methods <= {"GET", "POST"}, rule.rule


VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BLOCKS = {"address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer", "form"}
BLOCKS |= {"h1", "h2", "h3", "h4", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul"}
PHRASES = {"p", "span", "h1", "h2", "h3", "h4", "b", "em", "strong", "small", "label", "button", "summary", "pre"}
WITHIN = {
    "li": {"ul", "ol", "menu"}, "dt": {"dl", "div"}, "dd": {"dl", "div"}, "tr": {"thead", "tbody", "tfoot"},
    "td": {"tr"}, "th": {"tr"}, "option": {"select", "optgroup", "datalist"}, "legend": {"fieldset"},
    "summary": {"details"}, "caption": {"table"}, "figcaption": {"figure"},
}  # fmt: skip
ALONE = {"a", "button", "form", "label"}
"""What does not stand within another one of its kind; nor does a link hold a button, or a button a link."""
TYPED = {"text", "search", "email", "url", "tel", "password"}


class Page(HTMLParser):
    """What the manners of a page are checked on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = self.title = ""
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.headings = 0
        self.inline: list[str] = []
        self.invalid: list[str] = []
        self.named: set[str] = set()
        self.abroad: list[str] = []
        self._in_title = False
        self._open: list[str] = []
        self._select: dict[str, str | None] = {}
        self.feed(html)
        if self._open:
            self.invalid.append(f"{self._open} left open")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if len(given) < len(attrs):
            self.invalid.append(f"<{tag}> says something twice: {attrs}")
        if "svg" not in self._open:
            self._look_at(tag, given)
        if tag not in VOID:
            self._open.append(tag)
        if tag == "html":
            self.lang = given.get("lang") or ""
        self._in_title = tag == "title"
        self.headings += tag == "h1"
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            self.named.update((given.get(name) or "").split())
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.fields.append(given)
        if (
            "style" in given
            or any(name.startswith("on") for name in given)
            or (tag == "script" and not given.get("src"))
        ):
            self.inline.append(tag)
        self.abroad += [
            str(given[name]) for name in ("src", "srcset", "poster", "data") if "//" in (given.get(name) or "")
        ]
        if tag in ("link", "form") and "//" in (given.get("href") or given.get("action") or ""):
            self.abroad.append(str(given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def _look_at(self, tag: str, given: dict[str, str | None]) -> None:
        """What the standard says of where an element stands and what it carries, as far as templates get it wrong."""
        above = self._open[-1] if self._open else ""
        wrong = []
        if tag in BLOCKS and (holder := next((one for one in reversed(self._open) if one in PHRASES), "")):
            wrong.append(f"within <{holder}>")
        if tag in WITHIN and above not in WITHIN[tag]:
            wrong.append(f"within <{above}>")
        if above in ("ul", "ol") and tag not in ("li", "template"):
            wrong.append(f"within <{above}>")
        if (tag in ALONE and tag in self._open) or (
            tag in ("a", "button", "input", "select") and {"a", "button"} & {*self._open}
        ):
            wrong.append("within another one")
        if tag in ("table", "tr", "td", "th", "thead", "tbody") and "role" in given:
            wrong.append("has the role it has anyway")
        kind = given.get("type") or "text"
        if tag == "input" and kind not in TYPED and given.keys() & {"maxlength", "pattern"}:
            wrong.append(f"of type {kind} has a length or pattern")
        if tag == "input" and kind not in TYPED | {"number"} and "placeholder" in given:
            wrong.append(f"of type {kind} has a placeholder")
        if tag == "img" and "alt" not in given:
            wrong.append("says nothing")
        if tag == "select":
            self._select = {} if "multiple" in given else given
        elif tag == "option" and "required" in self._select and given.get("value") != "":
            wrong.append("comes first in a list that asks for a choice, and is one")
        if tag == "option":
            self._select = {}
        self.invalid += [f"<{tag}> {one}: {given}" for one in wrong]

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.invalid.append(f"</{tag}> closes {self._open[-3:]}")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
            self._in_title = False


def check_manners(address: str, html: str, language: str) -> None:
    """Language said, one title and one first heading, ids once, every field named, nothing inline."""
    page = Page(html)
    assert page.lang.split("-")[0] == language, address
    assert page.title.strip(), address
    assert page.headings == 1, f"{address} has {page.headings} first headings"
    assert len(page.ids) == len(set(page.ids)), f"{address} repeats an id: {page.ids}"
    assert page.inline == [], f"{address} has inline {page.inline}"
    assert page.invalid == [], f"{address} is no valid HTML"
    assert page.named <= {*page.ids}, f"{address} names what is not there: {page.named - {*page.ids}}"
    assert page.abroad == [], f"{address} asks another host"
    assert len(html) < MOST or len(zlib.compress(html.encode())) < MOST, f"{address} is too heavy"
    for field in page.fields:
        named = field.get("aria-label") or field.get("aria-labelledby") or field.get("id") in page.labels
        assert named or field.get("type") in ("radio", "checkbox"), f"{address}: a field without a name: {field}"
    assert not re.search(r"%\(\w+\)[sd]", html), f"{address} shows a placeholder"


@pytest.mark.once
def test_a_forged_request_is_refused(app: Flask, people: Cast, as_user: Sign) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for rule in app.url_map.iter_rules():
            if "POST" in (rule.methods or ()) and not rule.arguments:
                assert as_user(people.ada).post(rule.rule).status_code == 400, rule.rule
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_pages_carry_their_guards(people: Cast, as_user: Sign) -> None:
    answer = as_user(people.ana).get("/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
