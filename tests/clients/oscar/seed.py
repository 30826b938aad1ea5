"""Fills the shop: three products and forty orders, placed by Oscar's own code with taxes, postage and an offer."""

import datetime as dt
from decimal import Decimal as D

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from oscar.core.loading import get_class, get_model  # noqa: E402
from oscar.test.factories import create_basket, create_product, create_stockrecord  # noqa: E402

Order, Basket = get_model("order", "Order"), get_model("basket", "Basket")
OrderCreator = get_class("order.utils", "OrderCreator")
Free = get_class("shipping.methods", "FixedPrice")
Total = get_class("checkout.calculators", "OrderTotalCalculator")

User.objects.create_superuser("rapport", "staff@oscar.example", "a long password")
people = [User.objects.create_user(f"c{n}", f"customer{n}@oscar.example", "x") for n in range(5)]
products = []
for n, price in enumerate(("9.99", "24.50", "0.35")):
    product = create_product(title=f"Product {n}", upc=f"UPC-{n}")
    create_stockrecord(product, D(price), partner_sku=f"SKU-{n}", num_in_stock=1_000)
    products.append(product)
for number in range(40):
    basket = create_basket(empty=True)
    for place, product in enumerate(products[: 1 + number % 3]):
        basket.add_product(product, quantity=1 + (number + place) % 4)
    method = Free(D("4.90"), D("4.90"))
    charge = method.calculate(basket)
    who = {"user": people[number % 6]} if number % 6 < 5 else {"guest_email": "guest@oscar.example"}
    placed = OrderCreator().place_order(
        basket,
        Total().calculate(basket, charge),
        method,
        charge,
        order_number=f"O-{1000 + number}",
        status="Pending",
        **who,
    )
    Order.objects.filter(pk=placed.pk).update(
        date_placed=dt.datetime(2026, 1, 1 + number % 28, 12, tzinfo=dt.UTC)
    )
