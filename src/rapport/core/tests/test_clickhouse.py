"""The client of ClickHouse, on a real engine."""

from __future__ import annotations

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from rapport.core.clickhouse import connect


def test_the_engine_gives_up_what_nobody_waits_for(clickhouse, settings):
    impatient = connect(settings.CLICKHOUSE_URL, timeout=1)
    with pytest.raises(ClickHouseError, match="TIMEOUT_EXCEEDED"):
        impatient.query("SELECT count() FROM numbers(10000000000000) WHERE number % 7 = 3")
    running = clickhouse.rows("SELECT query FROM system.processes")
    assert not [row for row in running if "10000000000000" in row["query"]]
