"""Each role's first screen, the demo programme, and the daily run along the whole road.

No tables. Knows every room below. Start reading at `daily.py`.
"""
