"""Paths: several modules as one thing to learn, in order, with branches by quiz result and a shorter way to recertify.

Tables: path, path_version, path_step, path_assignment. Start reading at `rules.py` (where somebody stands on a path), then
`progress.py` (looking it up and assigning what opens, for many at once) and `services.py`. A path that was published is
frozen as a version; who is under way stays on theirs.
"""
