"""The rooms of the house, found rather than listed: for what concerns all of them and imports none by name."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import walk_packages


def import_from_each(package: str, module: str) -> None:
    """Import this module (`models`, `jobs`) of every room below `package` that has one, and of the rooms within rooms."""
    for room in walk_packages(import_module(package).__path__, f"{package}."):
        if room.ispkg and find_spec(f"{room.name}.{module}") is not None:
            import_module(f"{room.name}.{module}")
