"""The pages of business reviews: all of them, one with its figures and what is said, and the same as a file."""
