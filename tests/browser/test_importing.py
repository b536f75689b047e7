"""A newcomer brings in another tool's export: from the sample to audits that are stored, with the keys of a browser only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect

from app.audits import services
from app.audits.models import Audit
from tests.audits.profiles.conftest import EXAMPLES
from tests.conftest import Cast


def test_a_spanish_export_under_titles_comes_in(
    session: Any, people: Cast, page_as: Callable[..., Page], assert_accessible: Callable[[Page], None]
) -> None:
    people.ana.employee_no, people.luis.employee_no = "1001", "1002"
    services.import_scorecard(session(), EXAMPLES / "scorecard.csv", by=None, on=datetime(2026, 1, 1, tzinfo=UTC))
    page = page_as(people.mariana, "es")
    session.rollback()  # SQLite has one writer
    page.goto("/audits/import")
    page.get_by_role("link", name="El archivo viene de otra herramienta").click()
    page.get_by_label("Nombre de la herramienta").fill("Monitoreo")
    page.get_by_label("Un archivo tal como").set_input_files(EXAMPLES / "espanol-windows-1252.csv")
    page.get_by_role("button", name="Examinar el archivo").click()

    expect(page.get_by_label("La fila 3 nombra las columnas")).to_be_checked()
    expect(page.get_by_text("Windows-1252, separado por punto y coma")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Continuar").click()

    expect(page.get_by_label("Agente", exact=True)).to_have_value("c:Asesor")
    page.get_by_label("Pauta de evaluación", exact=True).select_option("s:REFUND")
    assert_accessible(page)
    page.get_by_role("button", name="Confirmar las columnas").click()

    expect(page.get_by_label("primero el día").first).to_be_checked()
    expect(page.get_by_role("textbox", name="Puntos posibles", exact=True)).to_have_value("2.5")
    assert_accessible(page)
    page.get_by_role("button", name="Confirmar cómo está escrito").click()
    page.get_by_role("button", name="Confirmar y revisar").click()

    expect(page.get_by_text("Todo lo que contiene la muestra se entiende.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Guardar y revisar este archivo").click()
    page.get_by_role("button", name="Importar").click()
    expect(page.get_by_text("3 auditorías nuevas").first).to_be_visible()
    session.rollback()
    assert session.query(Audit).count() == 3
