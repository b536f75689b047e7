"""Figures laid out: coaching compliance and learning priorities, on screen and as CSV, XLSX, PDF and JSON.

No tables: a figure is computed in the room that owns its rows. Start reading at `views.py`.
"""
