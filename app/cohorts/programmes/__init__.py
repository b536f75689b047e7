"""Programmes and cohorts: nomination, approvals, seats and the waiting list, sessions, attendance."""
