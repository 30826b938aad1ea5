"""The kinds of relationships that come with Rapport; the business adds its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Kind:
    """`label`: what the first is to the other, `inverse`: what the other is to the first; the same when symmetric."""

    key: str
    label: str | Promise
    inverse: str | Promise
    with_company: bool = False

    @property
    def is_symmetric(self) -> bool:
        return not self.with_company and str(self.label) == str(self.inverse)


KNOWN = (
    Kind("parent", _("Parent"), _("Child")),
    Kind("spouse", _("Spouse or partner"), _("Spouse or partner")),
    Kind("household", _("Same household"), _("Same household")),
    Kind("sibling", _("Sibling"), _("Sibling")),
    Kind("referrer", _("Referrer"), _("Referred")),
    Kind("assistant", _("Assistant"), _("Works with assistant")),
    Kind("employee", _("Employee"), _("Employer"), with_company=True),
    Kind("adviser", _("Adviser"), _("Advised by"), with_company=True),
)
