"""What people learn: competencies, modules, paths, assignments and completions.

Tables: competency, competency_target, module, module_competency, assignment. Stands on accounts. Start reading at `models.py`,
then `giving.py` (`assign` and `assign_many` are the one way to give somebody a module) and `services.py` (what becomes of
it). `languages.py` says who could not read what is given, `targets.py` has targets of competencies by week, `intake.py` and
`history.py` take in files, `learning.py` has the pages of who learns. `authoring/` (drafts, versions, translations),
`certificates/`, `changing/` (of what was assigned), `exchange/`
(all of it as a file), `files/` (of modules), `following/` (by team, transcripts, time, ratings), `live/` (sessions with
seats), `packages/` (content made elsewhere), `paths/` (several modules as one thing to learn), `practice/` (observed on a
rubric) and `quizzes/` are rooms within the room.
"""
