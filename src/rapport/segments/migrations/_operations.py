"""What Django does not make from models: the list of people is filtered by stage."""

from django.db import migrations

AFTER = [
    migrations.RunSQL(
        "CREATE INDEX segments_person_stage ON people_person ((traits -> 'lifecycle_stage'), id)"
        " WHERE (traits -> 'lifecycle_stage') IS NOT NULL AND merged_into_id IS NULL AND erased_at IS NULL",
        "DROP INDEX segments_person_stage",
    )
]
