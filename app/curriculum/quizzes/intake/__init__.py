"""Questions from files: CSV or XLSX, GIFT, Moodle XML; and out again as the CSV that comes in.

Start reading at `told.py` (what a file tells of a question), then `storing.py` (compared with what is known, and kept).
`sheet.py`, `gift.py` and `moodle.py` each read one format.
"""
