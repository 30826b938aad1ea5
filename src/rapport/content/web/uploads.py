"""Files that visitors send: judged by what they are, not by what they are called, and only ever handed out to save."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

MOST_BYTES = 5 * 1024 * 1024
# What the first bytes of each kind are; others are not taken, whatever their name or stated type.
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"%PDF-", "application/pdf", ".pdf"),
)
# What no honest picture or document of these kinds begins with, and what browsers might take for a page.
_PAGES = (b"<script", b"<svg", b"<html", b"<!doctype", b"<iframe")


def kind_of(file: UploadedFile) -> tuple[str, str] | None:
    """(type, ending) by its content."""
    file.seek(0)
    start = file.read(4096)
    file.seek(0)
    if any(mark in start.lower() for mark in _PAGES):
        return None
    return next(((type_, ending) for mark, type_, ending in SIGNATURES if start.startswith(mark)), None)


def why_not(file: UploadedFile) -> str:
    """What is wrong with a file, in words; nothing when it can be taken."""
    if (file.size or 0) > MOST_BYTES:
        return _("The file is larger than %(limit)d MB.") % {"limit": MOST_BYTES // 1024 // 1024}
    if kind_of(file) is None:
        return _("Only PNG, JPEG and PDF files are taken.")
    return ""


def keep(submission_id: uuid.UUID, files: dict[str, UploadedFile]) -> dict[str, dict[str, Any]]:
    """Stores them; {field: what is said of its file}."""
    kept = {}
    for name, file in files.items():
        kind = kind_of(file)
        assert kind is not None  # checked when it was read
        path = default_storage.save(f"forms/{submission_id}/{name}{kind[1]}", file)
        title = get_valid_filename((file.name or "file")[-100:].lstrip(".") or "file")
        kept[name] = {"file": path, "name": title, "type": kind[0], "size": file.size or 0}
    return kept


def forget(values: dict[str, Any]) -> None:
    """Deletes the files that an answer names."""
    for value in values.values():
        if isinstance(value, dict) and str(value.get("file", "")).startswith("forms/"):
            default_storage.delete(value["file"])
