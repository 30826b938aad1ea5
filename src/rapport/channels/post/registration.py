"""What letters add elsewhere: their channel, list, job and personal data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels.post import adapter, personal_data, queries, services
from rapport.core import registry
from rapport.core.audit_log import AuditedRecord, named
from rapport.core.audit_log import register as register_audit
from rapport.core.jobs import JOB_KINDS, JobKind

ACTIONS = {
    "print_file.closed": _("Closed the print file %(record)s with %(letters)s letters"),
    "print_file.downloaded": _("Downloaded the print file %(record)s with %(letters)s letters"),
    "letter.returned": _("Noted %(record)s as returned"),
}


def register() -> None:
    adapter.register()
    registry.PERSONAL_DATA.register(personal_data.HOLDER)
    registry.LISTS.register(
        registry.ListEntry("letters", "rapport.channels.post.views.PostList", "channels:letters")
    )
    registry.NAVIGATION.register(
        registry.NavEntry(
            "letters", _("Letters"), "file-text", "channels:letters", 62, "letters.view", under="inbox"
        )
    )
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.channels.post.api"))
    JOB_KINDS.register(
        JobKind(services.JOB, _("Print file"), services.write_file, permission="letters.print")
    )
    register_audit(
        ACTIONS,
        AuditedRecord("letter", _("Letter"), named(queries.letters, "channels:letter")),
        AuditedRecord("print_file", _("Print file"), named(queries.print_files, "channels:print-file")),
    )
