from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "rapport.governance"
    label = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.governance import pages, queries
        from rapport.governance.services import consent, erasure, personal_data
        from rapport.people import registry as people

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
            registry.register_settings_page(page)
        registry.register_personal_data(personal_data.HOLDER)
        registry.register_worker_loop(registry.WorkerLoop("erasures", erasure.run_once, idle_seconds=30))
        people.register_row_column("consents", consent.granted_column)
        people.register_mergeable(people.Mergeable("consent", consent.merge, consent.unmerge))
        people.register_figure(people.Figure("consents", _("Lines of consent"), queries.counts_of_lines))
        people.register_profile_section("consents", queries.profile_section)
        pages.register()
