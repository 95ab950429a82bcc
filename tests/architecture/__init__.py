"""What holds the shape of the code, beyond what import-linter and ruff hold."""
