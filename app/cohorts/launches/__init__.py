"""Launches of a tool, policy or process: readiness by site, the gate that is signed, and what came after."""
