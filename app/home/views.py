from flask import Blueprint

bp = Blueprint("home", __name__, template_folder="templates", cli_group=None)


def places():
    return []


from app.home import cli  # noqa: E402, F401 -- the room's commands
