from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "rapport.governance"
    label = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.governance import pages, queries
        from rapport.governance.registry import CONSENT_CHANNELS, WITHOUT_ADAPTER
        from rapport.governance.services import consent, erasure, personal_data
        from rapport.people import registry as people

        for channel in WITHOUT_ADAPTER:
            CONSENT_CHANNELS.register(channel)
        registry.SETTINGS_GROUPS.register(registry.SettingsGroup("consent", _("Sending and privacy"), 30))
        for page in (
            registry.SettingsPage(
                "purposes", _("Purposes"), "handshake", "governance:purposes", 50, "settings.view", "consent"
            ),
            registry.SettingsPage(
                "suppression",
                _("Suppression"),
                "mail-x",
                "governance:suppressions",
                60,
                "settings.view",
                "consent",
            ),
            registry.SettingsPage(
                "privacy",
                _("Privacy requests"),
                "fingerprint",
                "governance:requests",
                70,
                "settings.view",
                "consent",
            ),
        ):
            registry.SETTINGS_PAGES.register(page)
        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        registry.WORKER_LOOPS.register(registry.WorkerLoop("erasures", erasure.run_once, idle_seconds=30))
        people.ROW_COLUMNS.register(consent.granted_column, "consents")
        people.MERGEABLES.register(people.Mergeable("consent", consent.merge, consent.unmerge))
        people.FIGURES.register(people.Figure("consents", _("Lines of consent"), queries.counts_of_lines))
        people.PROFILE_SECTIONS.register(queries.profile_section, "consents")
        pages.register()
