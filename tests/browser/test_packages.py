"""Packages in a real browser: taken in, played, left in the middle, gone on with on another device, completed with a score."""

from __future__ import annotations

import io
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from app.core.clock import now
from app.curriculum.models import Assignment, AssignmentState, Module, ModuleKind, ModuleState
from app.curriculum.packages import services
from tests.curriculum import conftest as room
from tests.curriculum import package_cast

refund, module = room.refund, room.module


@pytest.fixture
def empty(session: Any, module: Module) -> Module:
    """A module that wants a package, not published yet."""
    module.kind, module.state, module.body_en, module.body_es = ModuleKind.PACKAGE, ModuleState.DRAFT, "", ""
    session.commit()
    return module


@pytest.fixture
def visit(session: Any, page_as: Any) -> Any:
    """As `page_as`; what was read on the way is let go, since SQLite has one writer."""

    def open_page(*whom: Any, **look: Any) -> Page:
        page = page_as(*whom, **look)
        session.rollback()
        return page

    return open_page


def take_in(page: Page, module_id: int, package: io.BytesIO) -> None:
    """As a trainer: add the package on screen, and publish."""
    page.goto(f"/curriculum/modules/{module_id}/package")
    page.get_by_label("Package (ZIP)").set_input_files(
        {"name": "package.zip", "mimeType": "application/zip", "buffer": package.getvalue()}
    )
    page.get_by_role("button", name="Check and add").click()
    expect(page.get_by_text("Package added")).to_be_visible()
    page.goto(f"/curriculum/modules/{module_id}/publish")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(f"**/modules/{module_id}")


def stored(session: Any, people: Any, module_id: int, package: io.BytesIO) -> None:
    """As `take_in`, without the pages."""
    made, files = services.read(package, len(package.getvalue()), name="package.zip")
    services.install(session, made, files, by=people.tomas, on=now())
    found = session.get(Module, module_id)
    found.package_en_id = found.package_es_id = made.id
    found.state = ModuleState.PUBLISHED
    session.commit()


def given(session: Any, person: Any, module_id: int) -> int:
    session.rollback()
    one = room.give(session, person, session.get(Module, module_id), due_on=None, assigned_on=now().date())
    number = one.id
    session.commit()
    return number


def content(page: Page) -> FrameLocator:
    return page.frame_locator("#package").frame_locator("#content")


def completed(session: Any, assignment_id: int) -> Assignment:
    session.rollback()
    session.expire_all()
    found = session.get(Assignment, assignment_id)
    state = (found.state, found.score, found.language)
    session.rollback()
    return state


def leave(page: Page) -> None:
    page.get_by_role("link", name="Leave").or_(page.get_by_role("link", name="Salir")).click()
    page.wait_for_url("**/learn/*")


def test_scorm_12(session: Any, people: Any, empty: Any, visit: Any, assert_accessible: Any) -> None:
    number = empty.id
    take_in(visit(people.tomas), number, package_cast.scorm_12())
    assignment = given(session, people.ana, number)
    page = visit(people.ana)
    page.goto(f"/curriculum/learn/{assignment}")
    page.get_by_role("button", name="Start").click()
    expect(content(page).locator("#told")).to_contain_text("theme=blue | ?content=refunds | Ana")
    content(page).get_by_role("button", name="Next page").click()
    expect(content(page).frame_locator("#inner").get_by_role("heading", name="Page 2")).to_be_visible()
    assert_accessible(page)
    leave(page)
    expect(page.get_by_role("button", name="Continue")).to_be_visible()

    phone = visit(people.ana, "es", phone=True)
    phone.goto(f"/curriculum/learn/{assignment}")
    phone.get_by_role("button", name="Continuar").tap()
    expect(content(phone).locator("#told")).to_contain_text("seen=2;note=ñ")
    expect(content(phone).frame_locator("#inner").get_by_role("heading", name="Page 2")).to_be_visible()
    content(phone).frame_locator("#inner").get_by_role("button", name="Hand in").tap()
    leave(phone)
    expect(phone.get_by_text("completado")).to_be_visible()
    assert completed(session, assignment) == (AssignmentState.COMPLETED, 0.85, "es")


def test_scorm_2004_of_several_parts(session: Any, people: Any, empty: Any, visit: Any) -> None:
    number = empty.id
    stored(session, people, number, package_cast.scorm_2004())
    assignment = given(session, people.ana, number)
    page = visit(people.ana, phone=True)
    page.goto(f"/curriculum/learn/{assignment}")
    page.get_by_role("button", name="Start").tap()
    player = page.frame_locator("#package")
    expect(content(page).get_by_role("heading", name="Read")).to_be_visible()
    player.get_by_role("button", name="Next part").tap()
    expect(content(page).locator("#told")).to_have_text("at  with ")
    content(page).get_by_role("button", name="Note").tap()
    leave(page)
    expect(page.get_by_text("50\u00a0% done")).to_be_visible()

    page = visit(people.ana)
    page.goto(f"/curriculum/learn/{assignment}")
    page.get_by_role("button", name="Continue").click()
    player = page.frame_locator("#package")
    expect(content(page).locator("#told")).to_have_text("at step 2 with kept")
    content(page).get_by_role("button", name="Done").click()
    player.get_by_role("button", name="Next part").click()
    expect(player.locator("[data-here]")).to_have_text("Test")
    content(page).get_by_role("button", name="Half right").click()
    expect(page.get_by_text("Not passed yet")).to_be_visible()
    player.get_by_text("Contents").click()
    expect(player.get_by_role("button", name="Greeting done")).to_be_visible()
    player.get_by_text("Contents").click()
    content(page).get_by_role("button", name="Nearly all right").click()
    expect(page.get_by_text("completed on")).to_be_visible()
    assert completed(session, assignment) == (AssignmentState.COMPLETED, 0.9, "en")


def test_scorm_2004_by_its_own_rules(session: Any, people: Any, empty: Any, visit: Any) -> None:
    """The test is shut until the first part is passed; who passed it is spared the help between them."""
    number = empty.id
    stored(session, people, number, package_cast.scorm_2004_ruled())
    assignment = given(session, people.ana, number)
    page = visit(people.ana, "es", phone=True)
    page.goto(f"/curriculum/learn/{assignment}")
    page.get_by_role("button", name="Empezar").tap()
    player = page.frame_locator("#package")
    expect(player.locator("[data-here]")).to_have_text("Greet")
    player.get_by_text("Contenido").tap()
    expect(player.get_by_role("button", name="Test")).to_be_disabled()
    player.get_by_text("Contenido").tap()
    content(page).get_by_role("button", name="Note").tap()
    leave(page)
    page.get_by_role("button", name="Continuar").tap()
    expect(content(page).locator("#told")).to_have_text("at step 2 with kept")
    content(page).get_by_role("button", name="Pass and go on").tap()
    expect(player.locator("[data-here]")).to_have_text("Test")
    expect(content(page).locator("#told")).to_have_text("at  with ")
    content(page).get_by_role("button", name="Nearly all right").tap()
    content(page).get_by_role("button", name="Pass", exact=True).tap()
    leave(page)
    expect(page.get_by_text("completado")).to_be_visible()
    assert completed(session, assignment) == (AssignmentState.COMPLETED, 0.9, "es")


def test_cmi5(session: Any, people: Any, empty: Any, visit: Any, visits: Any) -> None:
    number = empty.id
    stored(session, people, number, package_cast.cmi5())
    assignment = given(session, people.ana, number)
    page = visit(people.ana, "es")
    page.goto(f"/curriculum/learn/{assignment}")
    page.get_by_role("button", name="Empezar").click()
    expect(page.frame_locator("#package").locator("[data-here]")).to_have_text("Calidez")
    expect(content(page).locator("#told")).to_have_text("Normal | level=2 | 0.8 | nothing")
    content(page).get_by_role("button", name="Note").click()
    expect(content(page).locator("#told")).to_have_text("noted")
    leave(page)

    page = visit(people.ana, "es", phone=True)
    page.goto(f"/curriculum/learn/{assignment}")
    page.get_by_role("button", name="Continuar").tap()
    expect(content(page).locator("#told")).to_have_text("Normal | level=2 | 0.8 | p3")
    content(page).get_by_role("button", name="Pass").tap()
    expect(content(page).get_by_text("Esta parte terminó.")).to_be_visible()
    expect(page.get_by_text("completado")).to_be_visible()
    assert completed(session, assignment) == (AssignmentState.COMPLETED, 0.9, "es")
    visits.complaints[:] = [one for one in visits.complaints if "404" not in one]  # nothing was kept at first


def test_a_package_reaches_nothing_of_hilo(session: Any, people: Any, empty: Any, visit: Any, visits: Any) -> None:
    number = empty.id
    nosy = """<script>
      const tried = [];
      const note = (name, what) => { try { tried.push(name + ": " + what()); } catch (error) { tried.push(name + ": refused"); } };
      note("cookies", () => document.cookie || "none");
      note("frame", () => top.document.title);
      const ask = (url) => fetch(url, { credentials: "include", mode: "no-cors" }).then(() => "answered", () => "refused");
      Promise.all([ask(HILO + "/curriculum"), ask("/curriculum"), ask("https://example.org/")]).then((all) =>
        fetch("/curriculum").then((answer) => answer.status).then((status) => {
          document.body.textContent = [...tried, ...all, status].join(" | ");
        }));
    </script><body></body>"""
    page = visit(people.tomas)
    page.goto("/curriculum")
    hilo = page.evaluate("location.origin")
    package = package_cast.scorm_12(**{"shared/launch.html": nosy.replace("HILO", f"'{hilo}'")})
    stored(session, people, number, package)
    page.goto(f"/curriculum/modules/{number}/package")
    page.get_by_role("link", name="Preview").click()
    expect(content(page).locator("body")).to_have_text(
        "cookies: none | frame: refused | refused | answered | refused | 404"
    )
    visits.complaints[:] = [
        one for one in visits.complaints if "Content Security Policy" not in one and "404" not in one
    ]
