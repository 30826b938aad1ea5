"""The embedded engines: PostgreSQL and ClickHouse as children of one supervisor."""
