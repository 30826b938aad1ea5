"""The embedded engines, as a data folder's owner meets them."""

from rapport.core import clickhouse as ch
from rapport.core.models import AuditEntry


def test_postgres_answers(db):
    assert AuditEntry.objects.count() == 0


def test_clickhouse_binds_parameters(clickhouse):
    assert ch.scalar("SELECT {word:String}", {"word": "it's \\ fine"}) == "it's \\ fine"
