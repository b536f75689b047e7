"""What people keep of reports: saved views, private or shared, and views that are mailed regularly.

A view is a report with its filters; a schedule says when it is mailed, and to whom. Every recipient gets it within their own
scope at the time of sending, in their language and zone. Start reading at `sending.py`.
"""
