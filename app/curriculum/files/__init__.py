"""Files of modules: pictures, videos with captions and attachments, checked when they come and served inert; watching.

Tables: module_file, module_watch. Start reading at `kinds.py` (what a file may be), then `services.py`; `watching.py` has
when a video was watched to its end.
"""
