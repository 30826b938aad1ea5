"""A user's own profile: name, preferences, password, two-factor sign-in and password reset."""

from __future__ import annotations

from allauth.account.views import password_reset as reset_by_mail
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.forms.settings import ProfileForm
from rapport.core.models import User
from rapport.core.services.users import change_profile
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def profile(request: HttpRequest) -> HttpResponseBase:
    """Name, zone, language and theme; the ways to password and second factor."""
    user = request.user
    assert isinstance(user, User)
    names = ("name", "time_zone", "locale", "theme")
    form = ProfileForm(request.POST or None, initial={name: getattr(user, name) for name in names})
    if request.method == "POST" and form.is_valid():
        change_profile(actor=actor_of(request), user=user, **form.cleaned_data)
        note(request, _("Saved."))
        return redirect("core:settings-profile")
    factors = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    context = {"form": form, "factors": list(factors)}
    return settings_page(request, "settings/profile.html", context, 422 if form.errors else 200)


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """By mail when there is a mail server; else the page says who can help."""
    if not settings.SMTP_URL:
        return render(request, "account/password_reset_without_mail.html")
    answer: HttpResponseBase = reset_by_mail(request)
    return answer
