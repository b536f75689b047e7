"""The doors of the room: signing in and one's account, the list of people, administration."""

from flask import Blueprint

account = Blueprint("account", __name__, template_folder="../templates")
people = Blueprint("people", __name__, url_prefix="/people", template_folder="../templates")
admin = Blueprint("admin", __name__, url_prefix="/admin", template_folder="../templates")
settings = Blueprint("settings", __name__)

from app.accounts import cli  # noqa: E402, F401 -- its commands
from app.accounts.views import (  # noqa: E402, F401 -- their routes
    absences,
    activity,
    directory,
    overview,
    people_file,
    person,
    profile,
    sign_in,
    units,
)
