"""The rows of people in ClickHouse got columns; everybody is written there once more, by the usual road."""

from __future__ import annotations

from typing import Any

from django.db import migrations

_ALL = """
    INSERT INTO people_changeset (people, profiles)
    SELECT array_agg(id), array_agg(id) FROM (
        SELECT id, (row_number() OVER (ORDER BY id) - 1) / 2000 AS block FROM people_person
        WHERE merged_into_id IS NULL AND erased_at IS NULL
    ) p GROUP BY block
"""


def project_again(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_ALL)


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_depth"), ("people", "0001_initial")]
    operations = [migrations.RunPython(project_again, migrations.RunPython.noop)]
