"""What each first screen shows: one function for each, which reads everything in a fixed number of queries."""
