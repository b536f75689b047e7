"""Scorecards made on screen: a draft is changed piece by piece and published as a version, which takes the same road as a file.

Pure: `document.py` (what a draft holds), `difference.py` (two versions side by side). Deeds: `services.py`.
"""
