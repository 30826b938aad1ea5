"""The embedded engines, as a data folder's owner meets them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from rapport.core import clickhouse as ch
from rapport.core.models import AuditEntry

pytestmark = pytest.mark.postgres


def test_postgres_answers(db):
    assert AuditEntry.objects.count() == 0


def test_clickhouse_binds_parameters(clickhouse):
    assert ch.scalar("SELECT {word:String}", {"word": "it's \\ fine"}) == "it's \\ fine"


def test_an_insert_that_cannot_be_written_is_an_error_and_not_silence(clickhouse):
    columns = "a UInt8, CONSTRAINT small CHECK a < 5"
    clickhouse.execute(f"CREATE TABLE IF NOT EXISTS strict ({columns}) ENGINE = MergeTree ORDER BY a")
    with pytest.raises(DatabaseError):
        ch.insert_lines("strict", b'{"a": 9}', token="x")


def test_the_ordinary_client_inserts_in_its_own_binary_format(clickhouse):
    clickhouse.execute("CREATE TABLE IF NOT EXISTS plain (a UInt8, b String) ENGINE = MergeTree ORDER BY a")
    clickhouse.client().insert("plain", [[1, "x"], [2, "y"]], column_names=["a", "b"])
    assert ch.scalar("SELECT count() FROM plain") == 2


def test_settings_and_database_of_one_statement_do_not_reach_the_next(clickhouse):
    client, seen = clickhouse.client(), "SELECT getSetting('max_block_size'), currentDatabase()"
    before = client.query(seen).result_rows
    for size in (11, 12, 12):
        assert client.query(seen, settings={"max_block_size": size}).result_rows == [(size, before[0][1])]
    clickhouse.execute("SET max_block_size = 13")
    assert client.query(seen).result_rows == before


def test_a_refused_setting_leaves_the_engine_as_it_was(clickhouse):
    client = clickhouse.client()
    with pytest.raises(DatabaseError):
        client.query("SELECT 1", settings={"max_block_size": "many"})
    assert client.query("SELECT getSetting('max_block_size') > 0").result_rows == [(True,)]


def test_threads_share_one_client(clickhouse):
    with ThreadPoolExecutor(2) as pool:
        assert {pool.submit(clickhouse.client).result() for _ in range(4)} == {clickhouse.client()}


def test_a_refused_setting_leaves_none_of_its_neighbours_behind(clickhouse):
    before = clickhouse.scalar("SELECT getSetting('max_block_size')")
    with pytest.raises(Exception, match="wrong"):
        clickhouse.client().query("SELECT 1", settings={"max_block_size": 1234, "max_query_size": "wrong"})
    assert clickhouse.scalar("SELECT getSetting('max_block_size')") == before
