"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.audits import cli
from app.audits.auditing import views as auditing
from app.audits.blueprint import bp
from app.audits.building import compare_views, file_views
from app.audits.building import views as building
from app.audits.calibration import scoring_views
from app.audits.calibration import views as calibration
from app.audits.disputes import figure_views as dispute_figures
from app.audits.disputes import views as disputes
from app.audits.dsat import views as dsat
from app.audits.reaudits import figure_views as reaudit_figures
from app.audits.reaudits import plan_views
from app.audits.reaudits import views as reaudits
from app.audits.root_causes import views as root_causes
from app.audits.sampling import views as sampling
from app.audits.views import audits, coverage, imports, profile_people, profile_steps, profiles, scorecards

__all__ = [
    "auditing",
    "audits",
    "bp",
    "building",
    "calibration",
    "cli",
    "compare_views",
    "coverage",
    "dispute_figures",
    "disputes",
    "dsat",
    "file_views",
    "imports",
    "plan_views",
    "profile_people",
    "profile_steps",
    "profiles",
    "reaudit_figures",
    "reaudits",
    "root_causes",
    "sampling",
    "scorecards",
    "scoring_views",
]
