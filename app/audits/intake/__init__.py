"""How a findings file comes in: read in blocks, coded, and settled for all audits at once; nothing is written here.

Both shapes, one row per check (long) and one row per audit (wide), end in the same arrays. Bad rows are data: what is
wrong is a `Problem`, and the audit it is in is not taken.

Read in this order: `columns` (what a file may say), `gathering` (its cells), `heads` (what each audit says of itself),
`marks` (what was found). `app.audits.services.planning` puts them together.
"""
