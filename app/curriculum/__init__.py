"""What people learn: competencies, modules, assignments and completions.

Tables: competency, module, module_competency, assignment. Stands on accounts. Start reading at `models.py`, then
`services.py`: `assign` and `assign_many` are the one way to give somebody a module. `intake.py` and `history.py` take in
files, `learning.py` has the pages of who learns. `authoring/` (drafts, versions, translations),
`certificates/`, `changing/` (of what was assigned) and `quizzes/` are rooms within the room.
"""
