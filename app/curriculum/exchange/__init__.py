"""The whole curriculum as a file: competencies, questions, modules and paths, out and in again, by their codes.

No tables. Start reading at `shape.py` (what the file holds), then `leaving.py` and `arriving.py`; `packing.py` and
`unpacking.py` add files and packages, as an archive.
"""
