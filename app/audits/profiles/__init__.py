"""How another tool's export is read: a mapping profile says which column is what and how things are written in it.

`mapping` is what a profile says; `dates` and `results` are how cells are read; `mapped` makes of a file the rows that
`app.audits.intake` takes in, so that checking, storing, correcting and undoing are the same for every file. `guessing`
offers what a person then confirms, `survey` what the file holds that is not known here, `newcomers` who can be added
from it. `whole` is the table itself: one sheet, several below each other, or two joined. `keeping` keeps profiles.
"""
