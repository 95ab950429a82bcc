"""`./chat doctor`: what an operator would get wrong, looked at in one go, each in a line with what to do.

Invariant: it only looks. Nothing is made, migrated or repaired, and no secret is printed.
"""
