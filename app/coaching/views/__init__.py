"""Pages of coaching: the queue, the ledger, sessions, commitments and policies."""
