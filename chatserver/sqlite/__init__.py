"""Django's SQLite backend with one lock round every write transaction of the process."""
