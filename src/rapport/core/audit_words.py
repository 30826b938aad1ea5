"""What the audit log calls what is done to users, roles, keys, views, jobs and settings."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from rapport.core import queries, registry
from rapport.core.access import Actor
from rapport.core.audit_log import AuditedRecord, Names, named, register, the_one
from rapport.core.jobs import JOB_KINDS
from rapport.core.jobs import queries as jobs
from rapport.core.models import Role, Team


def _lists(_actor: Actor, names: Sequence[str]) -> Names:
    entries = {name: registry.LISTS.get(name) for name in names}
    return {
        name: (str(import_string(entry.page).title), reverse(entry.url_name))
        for name, entry in entries.items()
        if entry
    }


def _jobs(actor: Actor, ids: Sequence[str]) -> Names:
    rows = jobs.jobs(actor).filter(pk__in=ids)
    return {
        str(job.pk): (
            str(JOB_KINDS[job.kind].label) if job.kind in JOB_KINDS else job.kind,
            reverse("core:settings-job", args=[job.pk]),
        )
        for job in rows
    }


def _changes(_actor: Actor, ids: Sequence[str]) -> Names:
    return {value: (str(_("a change of many rows")), reverse("core:bulk", args=[value])) for value in ids}


ACTIONS = {
    "user.created": _("Invited %(record)s"),
    "user.roles_changed": _("Changed the roles of %(record)s to: %(roles)s"),
    "user.deactivated": _("Deactivated the account of %(record)s"),
    "user.reactivated": _("Reactivated the account of %(record)s"),
    "user.password_link_made": _("Created a password link for %(record)s"),
    "user.profile_changed": _("Edited the account details of %(record)s"),
    "role.created": _("Created the role %(record)s"),
    "role.changed": _("Edited the role %(record)s"),
    "role.deleted": _("Deleted the role %(record)s"),
    "team.created": _("Created the team %(record)s"),
    "team.changed": _("Edited the team %(record)s"),
    "team.deleted": _("Deleted the team %(record)s"),
    "key.created": _("Created the API key %(record)s"),
    "key.revoked": _("Revoked the API key %(record)s"),
    "view.saved": _("Saved the view %(record)s"),
    "view.renamed": _("Renamed the view “%(from)s” to “%(to)s”"),
    "view.shared": _("Changed who may use the view %(record)s"),
    "view.deleted": _("Deleted the view %(record)s"),
    "list.exported": _("Exported the list %(record)s"),
    "workspace.changed": _("Changed the %(record)s settings"),
    "sending.resumed": _("Decided what happens %(record)s, and resumed sending"),
    "sending.kept_silent": _("Decided that this copy sends nothing (%(record)s)"),
    "bulk.started": _("Started %(record)s: %(rows)s rows"),
    "bulk.undone": _("Undid %(record)s: %(rows)s rows"),
    "job.cancelled": _("Cancelled the background job %(record)s"),
    "comment.added": _("Commented: %(text)s"),
    "comment.changed": _("Changed a comment to: %(text)s"),
    "comment.deleted": _("Deleted the comment: %(text)s"),
    "job.retried": _("Started the background job %(record)s again"),
}


def register_words() -> None:
    register(
        ACTIONS,
        AuditedRecord("user", _("User"), named(queries.users, "core:settings-user", label="")),
        AuditedRecord(
            "role",
            _("Role"),
            named(lambda _actor: Role.objects.all(), "core:settings-role", label="", url_key="key"),
        ),
        AuditedRecord("team", _("Team"), named(lambda _actor: Team.objects.all(), "core:settings-team")),
        AuditedRecord("api_key", _("API key"), named(queries.api_keys, label="name")),
        AuditedRecord("saved_view", _("Saved view"), named(queries.own_views)),
        AuditedRecord("list", _("List"), _lists),
        AuditedRecord("workspace", _("Business"), the_one(_("business"), "core:settings-workspace")),
        AuditedRecord("bulk_change", _("Change of many rows"), _changes),
        AuditedRecord(
            "incarnation", _("Restored data"), the_one(_("after a restore"), "core:settings-restored")
        ),
        AuditedRecord("job", _("Background job"), _jobs),
        AuditedRecord("comment", _("Comment"), lambda _actor, _ids: {}),
    )
