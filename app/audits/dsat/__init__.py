"""Contacts that left a customer dissatisfied: brought in from surveys, each decided on, all to be audited.

`models` keeps the cases, `taking_in` reads a file of them, `imports` keeps what came of it and takes it back, `services`
notes what somebody decided, `queries` count how many were audited, by partner and week received, and what they were due to.
"""
