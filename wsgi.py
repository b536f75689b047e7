"""The application for web servers and for the `flask` command."""

import sys

from app import create_app
from config import Misconfigured, load

try:
    app = create_app(load())
except Misconfigured as error:
    sys.exit(f"Error: {error}")
