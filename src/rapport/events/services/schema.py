"""The tables in ClickHouse. Statements are repeatable; `rapport migrate` and every start run them.

They are written for one server; with CLICKHOUSE_CLUSTER set, `core.clickhouse` makes them into those of a cluster.
"""

from __future__ import annotations

from rapport.core import clickhouse

# A block is recognised by its token when it is sent again; so many tokens are remembered per table.
WINDOW = 10_000

MOMENT = "DateTime64(3, 'UTC')"


# What an event carries, kept as one list of paths and values a row. Split by path, as JSON is by default, reading a
# whole event opens a handful of files per path and part, and merging costs three times as much.
CARRIED = "JSON(max_dynamic_paths = 0)"
_CARRIED_AS = "object_shared_data_serialization_version = 'map'"
_CARRIED_AS += ", object_shared_data_serialization_version_for_zero_level_parts = 'map'"
# A month to which nothing was added for a week becomes one part: a profile opens every part of every month.
_MERGED = "min_age_to_force_merge_seconds = 604800, min_age_to_force_merge_on_partition_only = 1"


def table(name: str, columns: str, kind: str, tail: str, settings: str = "") -> str:
    """The statement that creates a table with deduplication of repeated blocks, on a single server."""
    durable = "fsync_after_insert = 1, fsync_part_directory = 1"
    window = f"non_replicated_deduplication_window = {WINDOW}, {durable}"
    more = f", {settings}" if settings else ""
    return f"CREATE TABLE IF NOT EXISTS {name} ({columns}) ENGINE = {kind} {tail} SETTINGS {window}{more}"


def register() -> None:
    """Registers the tables with `core.clickhouse`."""
    _register_records()
    _register_intake()
    _register_trait_history()
    _register_daily_rollup()


def _register_records() -> None:
    # `person_id` is with whose identifiers the event came (or, once squashed, into whom they were merged long ago),
    # `origin_id` always the former, `owner_id` whose it was when it was stored. By person in small granules for
    # profiles and live upkeep; once more by event for segments over everybody, which read only what they ask about.
    clickhouse.SCHEMA.register(
        table(
            "events",
            f"""person_id UUID, at {MOMENT} CODEC(T64, LZ4), event LowCardinality(String),
            type LowCardinality(String), message_id String CODEC(ZSTD(1)), received_at {MOMENT} CODEC(T64, LZ4),
            source LowCardinality(String), user_id String, anonymous_id String,
            context {CARRIED}, properties {CARRIED},
            origin_id UUID DEFAULT person_id, owner_id UUID DEFAULT person_id,
            INDEX received received_at TYPE minmax GRANULARITY 1,
            PROJECTION by_event (SELECT event, person_id, at, properties ORDER BY event, person_id, at)""",
            "MergeTree",
            "PARTITION BY toYYYYMM(at) ORDER BY (person_id, at, message_id)",
            f"index_granularity = 512, {_CARRIED_AS}, {_MERGED}",
        ),
        "events",
    )
    clickhouse.SCHEMA.register(
        table(
            "people",
            f"""person_id UUID, version UInt64, deleted UInt8, is_identified UInt8, first_seen_at {MOMENT},
            last_seen_at {MOMENT}, traits JSON, identifiers Array(String), consents Array(String)""",
            "ReplacingMergeTree(version)",
            "ORDER BY person_id",
        ),
        "people",
    )
    clickhouse.SCHEMA.register(
        table(
            "person_override",
            "person_id UUID, survivor_id UUID, version UInt64",
            "ReplacingMergeTree(version)",
            "ORDER BY person_id",
        ),
        "person_override",
    )


def _register_intake() -> None:
    """How lines become events; columns that a line leaves out have their defaults."""
    read = {
        name: (type_, name)
        for type_, names in {
            "UUID": ["person_id"],
            MOMENT: ["at", "received_at"],
            "LowCardinality(String)": ["event", "type", "source"],
            "String": ["message_id", "user_id", "anonymous_id"],
        }.items()
        for name in names
    }
    read |= {name: ("String", f"if({name} = '', '{{}}', {name})") for name in ("context", "properties")}
    read |= {name: ("Nullable(UUID)", f"ifNull({name}, person_id)") for name in ("origin_id", "owner_id")}
    clickhouse.INTAKES.register(clickhouse.intake("events", read), "events")


def _register_trait_history() -> None:
    clickhouse.SCHEMA.register(
        table(
            "trait_history",
            f"""person_id UUID, entity LowCardinality(String), trait LowCardinality(String), at {MOMENT},
            recorded_at {MOMENT}, old String CODEC(ZSTD(1)), new String CODEC(ZSTD(1)), source LowCardinality(String),
            message_id String CODEC(ZSTD(1)), actor LowCardinality(String)""",
            "MergeTree",
            "ORDER BY (person_id, trait, recorded_at)",
        ),
        "trait_history",
    )


def _register_daily_rollup() -> None:
    clickhouse.SCHEMA.register(
        table(
            "event_days",
            """day Date, event LowCardinality(String), source LowCardinality(String),
            count SimpleAggregateFunction(sum, UInt64), persons AggregateFunction(uniq, UUID),
            revenue SimpleAggregateFunction(sum, Float64)""",
            "AggregatingMergeTree",
            "ORDER BY (day, event, source)",
        ),
        "event_days",
    )
    # What is no amount ("nan", 1e300) is left out: one such event would make the sum of all no amount.
    clickhouse.SCHEMA.register(
        """CREATE MATERIALIZED VIEW IF NOT EXISTS event_days_view TO event_days AS
        WITH ifNull(toFloat64OrNull(toString(properties.total)), 0) AS stated
        SELECT toDate(at) AS day, event, source, count() AS count, uniqState(owner_id) AS persons,
            sum(if(abs(stated) < 1e12, stated, 0)) AS revenue
        FROM events GROUP BY day, event, source""",
        "event_days_view",
    )
