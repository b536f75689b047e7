"""The shapes of the demo's content: plain frozen values, with a `Text` wherever people read. A module a subject.

Rates and shares are fractions of 1; codes and employee numbers are references to one another.
"""
