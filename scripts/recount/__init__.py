"""Every figure of every report: the same in each of its forms, and the same as counted again with pandas from exported rows.

`forms` compares what CSV, XLSX, JSON, paper and page hold with the rows of a report; tests use it on a small world.
`reviews` does so for business reviews, `agreed` for the lists of priorities that were signed.
`again` counts again from exported rows, `reviewed` business reviews; `tables` and `agreement` from the tables, where no list
exports the rows. `python -m scripts.recount FOLDER` (`make recount`) does both on the data of a programme, for
each role and language.
"""
