"""Packages: content made elsewhere (SCORM 1.2, SCORM 2004, cmi5), played in the browser, its progress kept.

Tables: package, package_file, package_attempt, package_part, package_document, package_statement. Start reading at
`rules.py` (what is done, what a score is), then `reading/` (what a package holds), `services.py` (installing, beginning,
keeping) and `origin.py` (why a package has a host of its own). `content.py` answers on that host, `lrs.py` a cmi5 unit's
calls, `pages.py` on Hilo's own.
"""
