"""Teach-backs: scored by two observers who do not see each other's marks, a third where they differ, and what came of it."""
