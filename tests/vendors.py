"""What is about one database alone says so with these; everything else holds on both."""

import pytest
from django.conf import settings

ON_SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]

only_sqlite = pytest.mark.skipif(not ON_SQLITE, reason="it is about SQLite's file and its locks")
only_postgres = pytest.mark.skipif(ON_SQLITE, reason="it is about PostgreSQL; ./chat test --leg postgres")
