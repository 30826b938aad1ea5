"""Tables for a ClickHouse cluster: what the registered statements become, checked by the real engine."""

import subprocess
import sys

import pytest

from rapport.core import clickhouse as ch
from rapport.core.clickhouse_cluster import Cluster, NotForClusters

CLUSTER = Cluster("big", "rapport")
TABLE = (
    "CREATE TABLE IF NOT EXISTS pets (person_id UUID, n UInt8) ENGINE = ReplacingMergeTree(n) "
    "ORDER BY person_id SETTINGS non_replicated_deduplication_window = 5"
)


@pytest.fixture
def on_cluster(settings):
    settings.CLICKHOUSE_CLUSTER, settings.CLICKHOUSE_KEEPER = "big", True


def test_a_table_becomes_a_replicated_one_and_a_distributed_one_by_person():
    assert CLUSTER.statements(TABLE, {"pets"}) == [
        "CREATE TABLE IF NOT EXISTS pets_local ON CLUSTER `big` (person_id UUID, n UInt8) ENGINE = "
        "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', n) "
        "ORDER BY person_id SETTINGS replicated_deduplication_window = 5",
        "CREATE TABLE IF NOT EXISTS pets ON CLUSTER `big` AS pets_local"
        " ENGINE = Distributed(`big`, `rapport`, pets_local, cityHash64(person_id))",
    ]


def test_a_view_reads_and_fills_local_tables():
    ddl = "CREATE MATERIALIZED VIEW IF NOT EXISTS v TO days AS SELECT n FROM pets WHERE n > 1"
    assert CLUSTER.statements(ddl, {"pets", "days"}) == [
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v ON CLUSTER `big` TO days_local AS "
        "SELECT n FROM pets_local WHERE n > 1"
    ]


def test_a_new_column_is_added_to_both_tables():
    assert CLUSTER.statements("ALTER TABLE pets ADD COLUMN IF NOT EXISTS x UInt8", {"pets"}) == [
        "ALTER TABLE pets_local ON CLUSTER `big` ADD COLUMN IF NOT EXISTS x UInt8",
        "ALTER TABLE pets ON CLUSTER `big` ADD COLUMN IF NOT EXISTS x UInt8",
    ]


def test_deleting_goes_to_the_stored_rows_of_every_shard():
    routed = CLUSTER.routed("ALTER TABLE pets DELETE WHERE n = 1 SETTINGS mutations_sync = 2", {"pets"})
    assert routed == "ALTER TABLE pets_local ON CLUSTER `big` DELETE WHERE n = 1 SETTINGS mutations_sync = 2"
    assert CLUSTER.routed("DELETE FROM pets WHERE n = 1", {"pets"}).startswith(
        "DELETE FROM pets_local ON CLUSTER"
    )
    assert CLUSTER.routed("SELECT 1 FROM pets", {"pets"}) == "SELECT 1 FROM pets"


def test_an_unknown_form_is_refused_rather_than_made_on_one_server_only():
    with pytest.raises(NotForClusters):
        CLUSTER.statements("CREATE DICTIONARY d (x UInt8)", set())


def test_a_single_server_runs_the_statements_as_they_are_registered(settings):
    settings.CLICKHOUSE_CLUSTER = ""
    assert ch.schema() == list(ch.SCHEMA)


def test_every_registered_statement_parses_for_a_cluster(clickhouse, settings):
    settings.CLICKHOUSE_CLUSTER, settings.CLICKHOUSE_KEEPER = "big", True
    statements = ch.schema()
    assert len(statements) > len(ch.SCHEMA)
    settings.CLICKHOUSE_CLUSTER = ""
    for statement in statements:
        assert clickhouse.client().raw_query(f"EXPLAIN AST {statement}", fmt="TSV")


def test_every_table_with_persons_is_sharded_by_person(on_cluster):
    distributed = [statement for statement in ch.schema() if "Distributed(" in statement]
    by_person = {statement.split()[5] for statement in distributed if "cityHash64(person_id)" in statement}
    assert {"events", "people", "person_override", "segment_members"} <= by_person


REPLICATED = """
import chdb.state, pathlib, sys
folder, ddl = sys.argv[1:]
config = pathlib.Path(folder, "keeper.xml")
config.write_text('''<clickhouse><tcp_port>9000</tcp_port><macros><shard>1</shard><replica>a</replica></macros>
<zookeeper><implementation>testkeeper</implementation></zookeeper><remote_servers><big><shard><replica>
<host>127.0.0.1</host><port>9000</port></replica></shard></big></remote_servers></clickhouse>''')
engine = chdb.state.connect(f"{folder}/data?config-file={config}")
engine.query("CREATE DATABASE rapport")
engine.query("USE rapport")
for statement in pathlib.Path(ddl).read_text().split(";;"):
    if statement.startswith("ALTER"):  # a table stays read-only under the in-memory Keeper
        continue
    engine.query(statement.replace(" ON CLUSTER `big`", ""))
print(engine.query("SELECT count() FROM system.tables WHERE engine LIKE 'Replicated%'", "TSV"), flush=True)
import os
os._exit(0)
"""


def test_the_engine_creates_the_replicated_tables(on_cluster, tmp_path):
    """With ClickHouse's own in-memory Keeper; ON CLUSTER itself needs a server."""
    (tmp_path / "ddl").write_text(";;".join(ch.schema()))
    command = [sys.executable, "-c", REPLICATED, str(tmp_path), str(tmp_path / "ddl")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    tables = [ddl for ddl in ch.SCHEMA if "MergeTree" in ddl]
    assert int(done.stdout) == len(tables)
