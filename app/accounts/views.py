from flask import Blueprint

account = Blueprint("account", __name__, template_folder="templates")
people = Blueprint("people", __name__, url_prefix="/people", template_folder="templates")
admin = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")
settings = Blueprint("settings", __name__)
