"""`rapport import` and `rapport export` work on their jobs in this process."""

import json

from rapport.config import transfers
from rapport.transfers.models import Export


def test_a_file_is_imported_and_exported_here(db, tmp_path):
    given, taken, lines = tmp_path / "in.csv", tmp_path / "out.csv", []
    given.write_text("email,city\nada@example.org,York\n")
    transfers.bring(given, mapping=None, rules={}, check=False, say=lines.append)
    assert json.loads(lines[0])["counts"]["created"] == 1
    assert transfers.take(taken, format="csv", segment="", query="", columns="email,trait.city") == 1
    assert "ada@example.org,York" in taken.read_text("utf-8-sig")
    assert Export.objects.get().state == "expired"
