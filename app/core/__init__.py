"""The ground every room stands on: database, languages, clock, errors, pages, lists, exports, charts, jobs, mail.

Holds no table of the domain and imports no room. Start reading at `database.py`, then `web.py` and `tables.py`.
"""
