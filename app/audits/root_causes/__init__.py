"""Why a customer was dissatisfied, down to the root: five whys, what is done about it, and whether that helped.

`models` keeps an analysis for a case, `rules` say what state it is in, `services` write it, `queries` count causes by
market and partner.
"""
