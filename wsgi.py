"""The application for web servers and for the `flask` command."""

import gc
import sys

gc.disable()  # what is made from here on stays: looking for garbage would be a fifth of the start

from app import create_app  # noqa: E402
from app.core.garbage import spare_what_stays  # noqa: E402
from config import Misconfigured, load  # noqa: E402

try:
    app = create_app(load())
except Misconfigured as error:
    sys.exit(f"Error: {error}")
spare_what_stays()
