"""Calibration sessions: one contact scored by several, each blindly, reviewed together, resolved and closed.

Pure: `rules.py` (states, what diverges, who is within tolerance). Deeds: `services.py`. What participants score is kept
here and never becomes an audit, so that nothing that counts audits can come upon it.
"""
