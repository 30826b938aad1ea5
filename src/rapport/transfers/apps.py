from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TransfersConfig(AppConfig):
    name = "rapport.transfers"
    label = "transfers"
    verbose_name = "Transfers"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.transfers import personal_data
        from rapport.transfers.exports.registry import register_export_scope
        from rapport.transfers.exports.services import exporting
        from rapport.transfers.feeds import pages
        from rapport.transfers.imports.services import running

        registry.register_personal_data(personal_data.HOLDER)
        registry.register_new(
            registry.NewEntry("import", "Import", "upload", "transfers:new_import", 17, "people.edit")
        )
        registry.register_worker_loop(registry.WorkerLoop("imports", running.run_once, 2.0))
        registry.register_worker_loop(registry.WorkerLoop("exports", exporting.run_once, 5.0))
        register_export_scope("people", registry.list_rows("people"))
        pages.register()
        self._register_columns()

    def _register_columns(self) -> None:
        from rapport.transfers.exports import consent_columns as exported
        from rapport.transfers.exports.registry import ExportColumns, register_export_columns
        from rapport.transfers.imports import consent_columns, suppression_columns
        from rapport.transfers.imports.registry import (
            ImportColumn,
            register_import_column,
            register_import_refusal,
            register_import_teller,
        )
        from rapport.transfers.imports.services import timeline

        for name, label, column, others in (
            ("consent", _("Consent"), consent_columns, consent_columns.told_by_others),
            ("suppression", _("Suppression"), suppression_columns, suppression_columns.told_by_others),
        ):
            register_import_column(
                ImportColumn(
                    name, label, column.parts, column.suggest, column.check, column.apply, column.preview,
                    column.revert, others,
                )
            )  # fmt: skip
        register_import_refusal("erased", suppression_columns.refuse_erased)
        register_import_teller("timeline", timeline.tell)
        register_export_columns(ExportColumns("consent", exported.export_headers, exported.export_cells))
