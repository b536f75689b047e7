"""Business reviews drawn and laid out: the figures of a unit and month, as a page, slides, paper and a workbook.

What is kept of a review is in `governance.reviews`. Start reading at `drawing` (which figures), then `parts` (how each
part reads), `document` (all of it together) and `views`.
"""
