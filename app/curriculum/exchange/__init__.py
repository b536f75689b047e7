"""The whole curriculum as one file: out, and in again, here or in another database.

No tables of its own. Start reading at `shape.py` (what the file holds), then `leaving.py` and `arriving.py`.
"""
