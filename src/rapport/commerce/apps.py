from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "rapport.commerce"
    label = "commerce"
    verbose_name = "Commerce"

    def ready(self) -> None:
        from rapport.commerce import (
            audit_words,
            descriptions,
            jobs,
            order_pages,
            pages,
            permissions,
            value_pages,
        )
        from rapport.commerce.services import orders, product_alerts, products
        from rapport.core.registry import WORKER_LOOPS, WorkerLoop

        permissions.register()
        pages.register()
        audit_words.register_words()
        descriptions.register()
        jobs.register()
        WORKER_LOOPS.register(WorkerLoop(products.LOOP, product_alerts.run_once, 1.0, longest_idle=30.0))
        orders.register()
        order_pages.register()
        value_pages.register()
