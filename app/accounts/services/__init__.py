"""What may be done with people, units, roles, passwords and files of people; each deed takes `by` and `on`."""

from app.accounts.services.absences_file import AbsenceSummary, import_absences
from app.accounts.services.credentials import Purpose, invite, set_password, sign_in_link
from app.accounts.services.new_people import NewPerson, add_people
from app.accounts.services.people import add_person, change_person, drop_absence, leave, note_absence
from app.accounts.services.people_file import PeopleSummary, import_people
from app.accounts.services.places import give_role, leave_team, move, take_role
from app.accounts.services.units import add_unit, change_unit, programme_unit, unit_at

__all__ = [
    "AbsenceSummary",
    "NewPerson",
    "PeopleSummary",
    "Purpose",
    "add_people",
    "add_person",
    "add_unit",
    "change_person",
    "change_unit",
    "drop_absence",
    "give_role",
    "import_absences",
    "import_people",
    "invite",
    "leave",
    "leave_team",
    "move",
    "note_absence",
    "programme_unit",
    "set_password",
    "sign_in_link",
    "take_role",
    "unit_at",
]
