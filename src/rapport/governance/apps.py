from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "rapport.governance"
    label = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.governance.services import personal_data

        registry.register_personal_data(personal_data.HOLDER)
