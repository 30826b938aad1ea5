"""Lantern & Thistle: browse, basket, account, order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.demo import queries
from rapport.demo.forms import CheckoutForm, CodeForm, CouponForm, QuantityForm, SignInForm, SignUpForm
from rapport.demo.models import ShopOrder
from rapport.demo.seeding import pictures
from rapport.demo.seeding.catalogue import CATEGORIES, Product, category, products
from rapport.demo.services import asking, gifts, shop
from rapport.demo.services.asking import NotHeld
from rapport.demo.services.shop import Held
from rapport.demo.services.stock import SoldOut
from rapport.demo.views.visit import Gift, Visit, shop_page


def _properties(product: Product, quantity: int = 1) -> dict[str, Any]:
    return {
        "product_id": product.code,
        "sku": product.code,
        "name": product.name,
        "category": product.category,
        "price": float(product.price),
        "quantity": quantity,
        "currency": "GBP",
    }


def _basket(visit: Visit) -> dict[str, Any]:
    return {
        "value": float(visit.total),
        "currency": "GBP",
        "products": [_properties(product, quantity) for product, quantity in visit.cart],
    }


@require_GET
@shop_page
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    chosen = list(products().values())[:12]
    return visit.page("home", products=chosen)


@require_GET
@shop_page
def shelf(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    if key not in CATEGORIES:
        raise Http404
    return visit.page("shelf", key=key, name=CATEGORIES[key], products=category(key))


@require_GET
@shop_page
def product(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    product = queries.product(code)
    near = [other for other in category(product.category) if other.code != code][:4]
    calls = [("track", "Product Viewed", _properties(product))]
    shelf_name = CATEGORIES[product.category]
    left = queries.stock([code])[code]
    return visit.page("product", events=calls, product=product, near=near, shelf_name=shelf_name, left=left)


@require_POST
@shop_page
def wish(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Somebody wants what is sold out; Rapport tells them when it is back."""
    product = queries.product(code)
    visit.tell("track", "Product Added to Wishlist", _properties(product))
    visit.data["wished"] = [*visit.data.get("wished", []), code][-20:]
    return redirect("demo:product", code)


@require_http_methods(["GET", "POST"])
@shop_page
def cart(request: HttpRequest, visit: Visit) -> HttpResponse:
    if request.method == "POST":
        return _change_cart(request, visit)
    return cart_page(visit, events=[("track", "Cart Viewed", _basket(visit))] if visit.cart else [])


def cart_page(
    visit: Visit,
    *,
    coupon_form: CouponForm | None = None,
    gift_form: CodeForm | None = None,
    events: list[Any] | None = None,
) -> HttpResponse:
    coupon_form, gift_form = coupon_form or CouponForm(), gift_form or CodeForm(prefix="gift")
    sums, problems = _sums(visit)
    for name, form in (("coupon", coupon_form), ("gift", gift_form)):
        if problem := problems.get(name):
            form.is_bound = True
            form.full_clean()
            form.errors["code"] = form.error_class([problem])
    status = 422 if coupon_form.errors or gift_form.errors else 200
    return visit.page(
        "cart",
        status,
        events=events,
        coupon_form=coupon_form,
        gift_form=gift_form,
        reserved=sums.coupon,
        sums=sums,
    )


class Sums(NamedTuple):
    """What a basket comes to."""

    coupon: Held | None
    gift: Gift | None
    total: Decimal
    by_gift: Decimal

    @property
    def to_pay(self) -> Decimal:
        return self.total - self.by_gift


def _sums(visit: Visit) -> tuple[Sums, dict[str, str]]:
    """And why the coupon or the gift card does not hold any more."""
    problems: dict[str, str] = {}
    coupon = gift = None
    try:
        coupon = visit.hold_coupon()
    except NotHeld as problem:
        problems["coupon"] = str(problem)
    try:
        gift = visit.gift_card()
    except NotHeld as problem:
        problems["gift"] = str(problem)
    total = Decimal(visit.total) - (coupon.discount if coupon else 0)
    return Sums(coupon, gift, total, min(total, gift.balance) if gift else Decimal(0)), problems


@require_POST
@shop_page
def coupon(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Puts a coupon to the basket, or takes it out."""
    if "remove" in request.POST:
        if code := visit.data.pop("coupon", ""):
            asking.release(code, visit.cart_id)
            visit.tell("track", "Coupon Removed", {"coupon_id": code})
        return redirect("demo:cart")
    form = CouponForm(request.POST)
    if not form.is_valid():
        return cart_page(visit, coupon_form=form)
    code = form.cleaned_data["code"]
    visit.data["coupon"] = code
    answer = cart_page(visit, coupon_form=form)
    name = "Coupon Applied" if visit.data.get("coupon") else "Coupon Denied"
    visit.tell("track", name, {"coupon_id": code})
    return redirect("demo:cart") if visit.data.get("coupon") else answer


def _change_cart(request: HttpRequest, visit: Visit) -> HttpResponse:
    product = queries.product(request.POST.get("code", ""))
    form = QuantityForm(request.POST)
    if form.is_valid():
        quantity: int = form.cleaned_data["quantity"]
        if "add" in request.POST:
            in_cart = visit.data.get("cart", {}).get(product.code, 0)
            visit.put(product.code, in_cart + quantity)
            visit.tell("track", "Product Added", _properties(product, quantity))
        else:
            visit.put(product.code, quantity)
            if not quantity:
                visit.tell("track", "Product Removed", _properties(product))
    return redirect("demo:cart")


@require_http_methods(["GET", "POST"])
@shop_page
def sign_up(request: HttpRequest, visit: Visit) -> HttpResponse:
    form = SignUpForm(request.POST or None)
    if form.is_valid():
        try:
            account = shop.sign_up(
                **form.cleaned_data,
                anonymous_id=visit.anonymous_id,
                page=request.build_absolute_uri(request.path),
            )
        except shop.EmailTaken:
            form.add_error("email", _("This address already has an account. Sign in instead."))
        else:
            return _welcome(request, visit, account.pk)
    wording = shop.NEWSLETTER_WORDING
    status = 422 if form.is_bound else 200
    return visit.page("sign_up", status, form=form, wording=wording, next=_next(request))


@require_http_methods(["GET", "POST"])
@shop_page
def sign_in(request: HttpRequest, visit: Visit) -> HttpResponse:
    form = SignInForm(request.POST or None)
    if form.is_valid():
        account = shop.account_with(**form.cleaned_data)
        if account:
            return _welcome(request, visit, account.pk)
        form.add_error(None, _("The address or the password is wrong."))
    return visit.page("sign_in", 422 if form.is_bound else 200, form=form, next=_next(request))


def _next(request: HttpRequest) -> str:
    """Where to go after signing in; only the checkout and gift cards ask for that."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if wanted in ("checkout", "gift_card") else ""


def _welcome(request: HttpRequest, visit: Visit, number: int) -> HttpResponse:
    account = queries.account(number)
    if account is None:
        raise Http404
    visit.data["account"] = account.pk
    visit.tell("identify", account.user_id, {"name": account.name, "email": account.email})
    return redirect(f"demo:{_next(request) or 'shop'}")


@require_POST
@shop_page
def sign_out(request: HttpRequest, visit: Visit) -> HttpResponse:
    visit.data.clear()
    visit.tell("reset")
    return redirect("demo:shop")


@require_http_methods(["GET", "POST"])
@shop_page
def checkout(request: HttpRequest, visit: Visit) -> HttpResponse:
    if not visit.cart:
        return redirect("demo:cart")
    account = visit.account
    account_data = {"name": account.name, "email": account.email} if account else None
    form = CheckoutForm(request.POST or None, initial=account_data)
    sums, problems = _sums(visit)
    if form.is_valid():
        for problem in problems.values():
            form.add_error(None, problem)
    if form.is_valid():
        try:
            order = shop.place_order(
                cart=visit.cart,
                account=account,
                coupon=sums.coupon,
                anonymous_id=visit.anonymous_id,
                **form.cleaned_data,
            )
        except SoldOut as problem:
            form.add_error(None, str(problem))
        else:
            return _placed(visit, order, sums.gift)
    calls = [] if form.is_bound else [("track", "Checkout Started", _basket(visit))]
    return visit.page("checkout", 422 if form.is_bound else 200, events=calls, form=form, sums=sums)


def _placed(visit: Visit, order: ShopOrder, gift: Gift | None) -> HttpResponse:
    if gift:
        gifts.pay(order, gift.code, visit.client)
    for name in ("cart", "cart_id", "coupon", "gift_card"):
        visit.data.pop(name, None)
    visit.data["order"] = order.pk
    return redirect("demo:ordered")


@require_GET
@shop_page
def ordered(request: HttpRequest, visit: Visit) -> HttpResponse:
    return visit.page("ordered", order=queries.order(visit.data.get("order")))


@require_GET
@cache_control(public=True, max_age=31_536_000, immutable=True)
def picture(request: HttpRequest, motif: str, tint: int) -> HttpResponse:
    try:
        return HttpResponse(pictures.svg(motif, tint), content_type="image/svg+xml")
    except KeyError:
        raise Http404 from None
