from flask import Blueprint

bp = Blueprint("curriculum", __name__, url_prefix="/curriculum", template_folder="templates")
