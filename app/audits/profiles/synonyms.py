"""What tools call the columns Hilo needs: words of headers, in either language."""

from __future__ import annotations

SYNONYMS: dict[str, str] = {
    "audit_ref": "ref|reference|referencia|uuid|guid|eval|record id|qa id|evaluation id|evaluation|review id|review|audit id|"
    "id|scorecard id|assessment id|ticket qa|monitoreo|n de monitoreo|id monitoreo|id evaluacion|evaluacion|"
    "folio|id auditoria|response id|response|survey id|case ref|id respuesta|id encuesta",
    "contact_ref": "ticket|ticket id|case|case id|conversation|conversation id|call id|interaction id|contact id|session id|"
    "ucid|id llamada|id interaccion|id caso|caso|id ticket|id gestion",
    "employee_no": "agent|login|user login|username|agent id|agent name|agent email|agent mail|employee|employee id|"
    "employee number|evaluatee|user id|user|user email|rep|advisor|associate|asesor|agente|ejecutivo|colaborador|"
    "nombre del agente|correo del agente|legajo|id agente|operador|representante",
    "auditor_no": "auditor|qa|review by|heard by|audited by|graded by|evaluator|reviewer|grader|analyst|qa analyst|scored by|"
    "reviewed by|evaluador|analista|monitor|calidad|evaluado por|monitoreado por|auditado por|revisado por",
    "scorecard": "form|form name|scorecard|rubric|template|evaluation form|quality form|formulario|pauta|plantilla|matriz|"
    "ficha",
    "version": "version|form version|version de pauta",
    "purpose": "purpose|review type|evaluation type|sampling|proposito|tipo de monitoreo|tipo de evaluacion|muestra",
    "channel": "channel|media|media type|canal|medio",
    "language": "language|idioma|lengua",
    "contact_at": "contact at|contact|contact date|call date|call time|interaction date|conversation date|conversation ts|"
    "conversation start|started at|ticket date|chat date|fecha de la gestion|fecha de contacto|"
    "fecha de la llamada|fecha llamada|fecha de interaccion|fecha gestion|date|fecha|contact time|hora|"
    "received at|received|response date|survey date|responded at|fecha de respuesta|fecha de encuesta|"
    "fecha de recepcion",
    "audited_at": "audited at|review date|reviewed|reviewed at|reviewed on|evaluated at|evaluated on|evaluation date|graded at|"
    "review ts|scored at|scored on|submitted at|completed at|fecha de monitoreo|fecha de evaluacion|"
    "fecha evaluacion|fecha de auditoria|fecha de revision|created at",
    "criterion": "q|prompt|statement|question name|question|question text|item|line item|rubric item|attribute|criterion|"
    "criteria|category|section|parameter|pregunta|atributo|item evaluado|criterio|parametro|seccion|categoria|"
    "aspecto",
    "result": "outcome|mark|marks|answer|result|score|rating|points|points earned|value|met|response|respuesta|resultado|"
    "puntaje|puntos|calificacion|nota|cumplimiento|valor|csat|csat score|satisfaction|satisfaccion|stars|"
    "estrellas",
    "maximum": "max|maximum|max score|max points|out of|possible|possible points|points possible|maximo|puntaje maximo|"
    "puntos posibles|peso",
    "comment": "verbatim|customer comment|comentario del cliente|comment|comments|notes|note|feedback|remarks|observacion|"
    "observaciones|comentario|comentarios|nota del analista",
    "cause": "cause|root cause|reason|causa|motivo|causa raiz",
}  # fmt: skip
ATTRIBUTES = frozenset(
    {
        "id", "no", "num", "number", "numero", "nro", "code", "codigo", "key", "name", "nombre", "full", "completo",
        "email", "mail", "e", "correo", "electronico", "login", "legajo", "de", "del", "la", "el", "the", "of",
    }
)  # fmt: skip
"""Words of a header that say how somebody or something is named, not who or what: `Evaluator email` is an evaluator."""
ABOUT = {
    "contact_at": "contact call interaction chat session llam gestion interacc conversation conversacion atenc started",
    "audited_at": "eval review audit scor grad monitor revis calific heard escuch submit completed completad assess qa calidad",
}
"""How words begin that tell of which moment a date is."""
