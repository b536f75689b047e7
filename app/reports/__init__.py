"""Figures laid out, on screen and as CSV, XLSX, PDF and JSON.

No tables: a figure is computed in the room that owns its rows. A report is declared once (`declared.py`); page, files,
command and gallery come from that. `laid_out.py` is for reports of plain tables. Start reading at `gallery.py`.
"""
