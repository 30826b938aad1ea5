from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "rapport.governance"
    label = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.governance import audit_words, jobs, observing, pages, queries
        from rapport.governance.registry import ANNOUNCED, CONSENT_CHANNELS
        from rapport.governance.services import (
            consent,
            contact_preferences,
            joining,
            journalled,
            personal_data,
            restriction,
            trait_withdrawals,
        )
        from rapport.people import registry as people

        for channel in ANNOUNCED:
            CONSENT_CHANNELS.announce(channel)
        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        jobs.register()
        observing.register()
        people.ROW_COLUMNS.register(consent.granted_column, "consents")
        people.TRAIT_LISTENERS.register(trait_withdrawals.record, "withdrawals")
        people.MERGEABLES.register(joining.MERGEABLE)
        people.MERGEABLES.register(contact_preferences.MERGEABLE)
        people.MERGEABLES.register(restriction.MERGEABLE)
        people.FIGURES.register(people.Figure("consents", _("Consent records"), queries.counts_of_lines))
        people.PROFILE_SECTIONS.register(queries.profile_section, "consents")
        people.PROFILE_SECTIONS.register(queries.suppressions_of, "suppressions")
        pages.register()
        audit_words.register_words()
        journalled.register()
