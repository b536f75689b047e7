"""Writing modules: drafts beside what is published, review, versions and their differences, what waits for translation.

Tables: module_draft, module_version. Start reading at `models.py`, then `services.py`. A module that was never published
is its own draft; a published one gets a draft beside it, so that learners see only what was published.
"""
