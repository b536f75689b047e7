"""Every figure of every report: the same in each of its forms, and the same as counted again with pandas from exported rows.

`forms` compares what CSV, XLSX, JSON, paper and page hold with the rows of a report; tests use it on a small world.
`again` counts again. `python -m scripts.recount FOLDER` (`make recount`) does both on the data of a programme, for
each role and language.
"""
