from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TransfersConfig(AppConfig):
    name = "rapport.transfers"
    label = "transfers"
    verbose_name = "Transfers"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.core.ui.lists.rebuilt import rows_for
        from rapport.transfers import audit_words, jobs, observing, personal_data
        from rapport.transfers.exports.registry import EXPORT_SCOPES, ExportScope
        from rapport.transfers.feeds import pages

        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        registry.NEW_ENTRIES.register(
            registry.NewEntry("import", _("Import"), "upload", "transfers:new_import", 17, "people.edit")
        )
        jobs.register()
        observing.register()
        EXPORT_SCOPES.register(ExportScope("people", lambda actor, query: rows_for(actor, "people", query)))
        for prefix in ("imports", "exports"):
            registry.API_ROUTERS.register(registry.ApiRouter(f"/{prefix}", f"rapport.transfers.{prefix}.api"))
        for name, page in (("imports", "lists.ImportList"), ("exports", "exports.ExportList")):
            path = f"rapport.transfers.{name}.views.{page}"
            registry.LISTS.register(registry.ListEntry(name, path, f"transfers:{name}"))
        pages.register()
        audit_words.register_words()
        self._register_columns()

    def _register_columns(self) -> None:
        from rapport.transfers.exports import consent_columns as exported
        from rapport.transfers.exports.registry import EXPORT_COLUMNS, ExportColumns
        from rapport.transfers.imports import consent_columns, suppression_columns
        from rapport.transfers.imports.registry import IMPORT_COLUMNS, ImportColumn

        for name, label, column, others in (
            ("consent", _("Consent"), consent_columns, consent_columns.stated_by_others),
            ("suppression", _("Suppression"), suppression_columns, suppression_columns.stated_by_others),
        ):
            IMPORT_COLUMNS.register(
                ImportColumn(
                    name, label, column.columns, column.suggest, column.check, column.apply, column.preview,
                    column.revert, column.stop, others,
                )
            )  # fmt: skip
        EXPORT_COLUMNS.register(ExportColumns("consent", exported.export_headers, exported.export_cells))
