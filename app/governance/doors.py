"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.governance import views
from app.governance.blueprint import bp
from app.governance.decisions import views as decisions
from app.governance.desk import desk
from app.governance.initiatives import views as initiatives
from app.governance.risks import views as risks

__all__ = [
    "bp",
    "decisions",
    "desk",
    "initiatives",
    "risks",
    "views",
]
