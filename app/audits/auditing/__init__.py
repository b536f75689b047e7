"""Auditing on screen: drafts that lose nothing, released along the road of imported audits, and read by their agents.

Pure: `answers.py` (what a form says, what is missing, the live scores). Deeds: `services.py` (drafts), `releasing.py`.
A draft lives in a table of its own, so that nothing that counts audits can ever come upon one.
"""
