"""The demo school: its people and its talk as data, and what fills a database with them."""
