"""Monthly decisions, initiatives and frozen months. Holds nothing yet: its tables come with the first signed list."""
