"""What a process of a test has loaded when it begins: the application and the engine of its jobs."""

import dbos  # noqa: F401

from app.core.rooms import import_from_each

for module in ("models", "services", "doors", "jobs"):
    import_from_each("app", module)
