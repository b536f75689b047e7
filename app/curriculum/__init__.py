"""What people learn: competencies, modules, assignments and completions.

Tables: competency, module, module_competency, assignment. Stands on accounts. Start reading at `models.py`, then
`services.py`: `assign` and `assign_many` are the one way to give somebody a module. `writing.py` has the deeds of who
writes modules, `intake.py` and `history.py` the files, `learning.py` the pages of who learns. `quizzes/` is a
room within the room.
"""
