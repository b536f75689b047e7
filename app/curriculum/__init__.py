"""What people learn: competencies, modules, assignments and completions.

Tables: competency, module, module_competency, assignment. Stands on accounts. Start reading at `models.py`, then
`services.py`: `assign` is the one way to give somebody a module.
"""
