"""The lists of this room, as tables and as files: audits, versions of scorecards, imports."""
