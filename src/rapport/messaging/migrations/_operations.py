"""What Django does not make from models: room on the pages of the ledger, so that a hand-over touches no index."""

from django.db import migrations

AFTER = [
    migrations.RunSQL(
        "ALTER TABLE messaging_delivery SET (fillfactor = 50)",
        "ALTER TABLE messaging_delivery RESET (fillfactor)",
    )
]
