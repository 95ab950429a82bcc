"""The suite: one folder per package; tests read as claims about real parts (reference: STYLE.md)."""
