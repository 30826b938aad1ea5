"""The kinds of relationships that come with Rapport; the business adds its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class RelationshipKind:
    """`label`: what the first is to the other, `inverse`: what the other is to the first; the same when symmetric."""

    key: str
    label: str | Promise
    inverse: str | Promise
    with_company: bool = False

    @property
    def is_symmetric(self) -> bool:
        return not self.with_company and str(self.label) == str(self.inverse)


BUILT_IN = (
    RelationshipKind("parent", _("Parent"), _("Child")),
    RelationshipKind("spouse", _("Spouse or partner"), _("Spouse or partner")),
    RelationshipKind("household", _("Same household"), _("Same household")),
    RelationshipKind("sibling", _("Sibling"), _("Sibling")),
    RelationshipKind("referrer", _("Referrer"), _("Referred")),
    RelationshipKind("assistant", _("Assistant"), _("Works with assistant")),
    RelationshipKind("employee", _("Employee"), _("Employer"), with_company=True),
    RelationshipKind("adviser", _("Adviser"), _("Advised by"), with_company=True),
)
