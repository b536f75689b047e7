"""Figures laid out, on screen and as CSV, XLSX, PDF and JSON; what people keep of them, and what is mailed.

A figure is computed in the room that owns its rows. A report is declared once (`declared.py`); page, files, command and
gallery come from that. `laid_out.py` is for reports of plain tables; `agent.py` tells of one
person and stands apart. Tables, in `kept/`: saved views, schedules, recipients
and what was sent. Start reading at `gallery.py`.
"""
