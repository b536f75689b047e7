"""Where findings come from: scorecards with their criterion → competency map, audits, findings, corrections, imports.

Tables: scorecard, scorecard_version, scorecard_draft, section, criterion_identity, criterion, criterion_competency,
import, mapping_profile, audit, finding, correction; audit_draft, audit_draft_copy, acknowledgement; sampling_plan,
sample; dispute, dispute_step; reaudit_plan, reaudit, reaudit_contest; calibration,
calibration_seat, calibration_agreed; dsat_case, dsat_change, root_cause.
Stands on curriculum and accounts. Start reading at `models.py`; how a file comes in at `intake/` (read and checked) and
`services/importing.py` (compared with what is stored, and written); how another tool's file is read at `profiles/`; how a
scorecard is made on screen at `building/`, an audit at `auditing/`, how contacts are drawn for it at `sampling/`, what is
doubted at `disputes/`; how auditors are audited at `reaudits/` and come to agree at `calibration/`; contacts of
dissatisfied customers at `dsat/`, what they were really due to at `root_causes/`.
"""
