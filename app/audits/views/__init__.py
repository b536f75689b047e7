"""Pages of audits: audits, scorecards, and files coming in."""
