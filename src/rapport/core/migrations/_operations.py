"""What Django does not make from models: the cache's table, in which sign-in throttling counts, and that of rates."""

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
    ),
    migrations.RunSQL(
        """
        CREATE UNLOGGED TABLE IF NOT EXISTS core_rate (
            name varchar(100) PRIMARY KEY, span bigint NOT NULL, count integer NOT NULL, ends timestamptz NOT NULL
        );
        """,
        "DROP TABLE IF EXISTS core_rate",
    ),
]
