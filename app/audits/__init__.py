"""Where findings come from: scorecards with their criterion → competency map, audits, findings, corrections, imports.

Tables: scorecard, scorecard_version, section, criterion_identity, criterion, criterion_competency, import, audit, finding,
correction. Stands on curriculum and accounts. Start reading at `models.py`, then `intake.py` for how a file comes in.
"""
