"""What Django does not make from models: the cache's table, in which sign-in throttling counts."""

from django.db import migrations

AFTER = [
    migrations.RunSQL(
        """
        CREATE UNLOGGED TABLE IF NOT EXISTS core_cache (
            cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
        );
        CREATE INDEX IF NOT EXISTS core_cache_expires ON core_cache (expires);
        """,
        "DROP TABLE IF EXISTS core_cache",
    )
]
