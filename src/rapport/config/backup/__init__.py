"""Backups of a whole installation: PostgreSQL, ClickHouse, files and keys in one verified file, and back.

Everything is read over the engines' own connections, so it is the same for embedded and external ones, for root and
others, and a backup of one kind can be restored into the other.
"""
