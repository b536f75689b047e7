"""Train-the-trainer programmes and launches. Holds nothing yet: its tables come with the first cohort."""
