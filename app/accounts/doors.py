"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.accounts import cli
from app.accounts.blueprint import account, admin, people, settings
from app.accounts.views import absences, activity, directory, files, overview, person, profile, sign_in, units

__all__ = [
    "absences",
    "account",
    "activity",
    "admin",
    "cli",
    "directory",
    "files",
    "overview",
    "people",
    "person",
    "profile",
    "settings",
    "sign_in",
    "units",
]
