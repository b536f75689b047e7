"""Certificates: what completing a module is worth on paper, until when, and the public check by number.

Tables: certificate_terms, certificate. Start reading at `rules.py` (until when), then `services.py` (issuing, each cycle a
row of its own, and assigning the next one).
"""
