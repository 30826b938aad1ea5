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
        self._take_part_in_imports()
        pages.register()

    def _take_part_in_imports(self) -> None:
        from rapport.governance.services import export_columns
        from rapport.governance.services import import_suppression as stops
        from rapport.governance.services import imports as consents
        from rapport.people.exports.registry import ExportColumns, register_export_columns
        from rapport.people.imports.registry import (
            ImportColumn,
            register_import_column,
            register_import_refusal,
        )

        for name, label, kind, others in (
            ("consent", _("Consent"), consents, consents.told_by_others),
            ("suppression", _("Suppression"), stops, stops.told_by_others),
        ):
            register_import_column(
                ImportColumn(
                    name, label, kind.parts, kind.suggest, kind.check, kind.apply, kind.preview, kind.revert,
                    others,
                )
            )  # fmt: skip
        register_import_refusal("erased", stops.refuse_erased)
        register_export_columns(
            ExportColumns("consent", export_columns.export_headers, export_columns.export_cells)
        )
