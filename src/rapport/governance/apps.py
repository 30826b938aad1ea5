from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "rapport.governance"
    label = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.governance import queries
        from rapport.governance.services import consent, erasure, personal_data
        from rapport.people import registry as people

        registry.register_personal_data(personal_data.HOLDER)
        registry.register_worker_loop(registry.WorkerLoop("erasures", erasure.run_once, idle_seconds=30))
        people.register_row_column("consents", consent.granted_column)
        people.register_mergeable(people.Mergeable("consent", consent.merge, consent.unmerge))
        people.register_profile_section("consents", queries.profile_section)
