"""What `./chat` does before and around the product: environment, tests, lint, locks, vendored files.

Everything here runs on a bare Python 3.11: the standard library only, nothing of the product's libraries.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
