from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "rapport.governance"
    label = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.governance.services import personal_data, profile
        from rapport.people.registry import register_mergeable, register_row_column

        registry.register_personal_data(personal_data.HOLDER)
        register_mergeable(profile.MERGEABLE)
        register_row_column("consents", profile.granted)
