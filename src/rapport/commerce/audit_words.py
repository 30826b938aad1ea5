"""What the audit log calls what is done in commerce."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.commerce.models import Catalogue
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "catalogue.created": _("Created the catalogue %(record)s"),
    "products.put": _("Changed products of the catalogue %(record)s"),
}


def register_words() -> None:
    register(
        ACTIONS, AuditedRecord("catalogue", _("Catalogue"), named(lambda _actor: Catalogue.objects.all()))
    )
