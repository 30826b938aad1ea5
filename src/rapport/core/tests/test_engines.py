"""The embedded engines, as a data folder's owner meets them."""

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
