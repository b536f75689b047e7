"""What a process of a test has loaded when it begins: the application and the engine of its jobs."""

from importlib import import_module

from app.core.rooms import import_from_each

import_module("dbos")
for module in ("models", "services", "doors", "jobs"):
    import_from_each("app", module)
