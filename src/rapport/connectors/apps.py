from django.apps import AppConfig
from django.utils.translation import gettext_noop


class ConnectorsConfig(AppConfig):
    name = "rapport.connectors"
    label = "connectors"
    verbose_name = "Connectors"

    def ready(self) -> None:
        from rapport.connectors import audit_words, jobs, observing, pages, permissions, queries
        from rapport.connectors.bigcommerce.schema import BIGCOMMERCE
        from rapport.connectors.magento.schema import MAGENTO
        from rapport.connectors.meanings import CUSTOMER_ID
        from rapport.connectors.medusa.schema import MEDUSA
        from rapport.connectors.oscar.schema import OSCAR
        from rapport.connectors.registry import CONNECTORS
        from rapport.connectors.services import hearing, personal_data, queueing
        from rapport.connectors.shopify.schema import SHOPIFY
        from rapport.connectors.stripe.schema import STRIPE
        from rapport.connectors.tryton.schema import TRYTON
        from rapport.connectors.woocommerce.schema import WOOCOMMERCE
        from rapport.core.links import USE_FINDERS
        from rapport.core.registry import PERSONAL_DATA
        from rapport.people.identity_types import IdentifierRule
        from rapport.people.registry import IDENTIFIER_TYPES, PROJECTIONS

        permissions.register()
        pages.register()
        audit_words.register_words()
        jobs.register()
        observing.register()
        hearing.register()
        USE_FINDERS.register(queries.FINDER)
        PROJECTIONS.register(queueing.PROJECTION)
        PERSONAL_DATA.register(personal_data.HOLDER)
        # Values name the shop, so nobody is met by another shop's number; who buys in several has several.
        IDENTIFIER_TYPES.register(
            IdentifierRule(
                CUSTOMER_ID,
                gettext_noop("Customer id in a connected shop"),
                most=20,
                priority=35,
                identifies=True,
            )
        )
        for kind in (SHOPIFY, WOOCOMMERCE, MAGENTO, BIGCOMMERCE, STRIPE, OSCAR, MEDUSA, TRYTON):
            CONNECTORS.register(kind)
