"""Figures that come from files (satisfaction, contact rate, handling time) and their targets.

Tables: metric_value, target. Stands on accounts. Start reading at `services.py`.
"""
