from flask import Blueprint

bp = Blueprint("remedies", __name__, url_prefix="/remedies", template_folder="templates")
