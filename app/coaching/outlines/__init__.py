"""Outlines: the headings a note of a session starts from, by kind of session, in both languages, edited by trainers.

Table: session_outline. Each change is a row of its own that holds from a day on; what was written by an earlier one stays
as it was written, and its session names it. Start reading at `rules.py`.
"""
