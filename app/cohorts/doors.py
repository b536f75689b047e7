"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.cohorts import views
from app.cohorts.blueprint import bp
from app.cohorts.deliveries import cascade_pages, held_pages
from app.cohorts.deliveries import pages as deliveries
from app.cohorts.launches import gate_pages
from app.cohorts.launches import pages as launches
from app.cohorts.licences import pages as licences
from app.cohorts.programmes import pages as programmes
from app.cohorts.programmes import people_pages, session_pages
from app.cohorts.teachbacks import pages as teach_backs

__all__ = [
    "bp",
    "cascade_pages",
    "deliveries",
    "gate_pages",
    "held_pages",
    "launches",
    "licences",
    "people_pages",
    "programmes",
    "session_pages",
    "teach_backs",
    "views",
]
