"""Who has a template open hears of what others save, and of nothing else."""

from __future__ import annotations

import pytest
from django.db import connection

from rapport.content.services import templates
from rapport.core.live import topics


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_saved_or_restored_is_told_and_other_words_of_a_campaign_are_not(actor, template):
    got = []

    def told(change, **values):
        got.clear()
        change(actor=actor, template_id=template.pk, **values)
        return any(f"template:{template.pk}" in payload for payload in got)

    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {topics.CHANNEL}")
        connection.connection.add_notify_handler(lambda note: got.append(note.payload))
        assert told(templates.publish)
        assert told(templates.save_draft, subject="Another")
        assert told(templates.restore, version=1)
        assert not told(templates.publish, words={"subject": "Of a variant"})
    connection.close()
