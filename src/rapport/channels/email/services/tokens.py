"""Access tokens of mail servers: kept encrypted, and renewed by one process while the others wait for it."""

from __future__ import annotations

import datetime as dt
import json

from django.db import transaction

from rapport.channels.email import oauth
from rapport.channels.email.models import MailToken
from rapport.channels.email.oauth import Grant, Token
from rapport.core import crypto
from rapport.core.clock import SYSTEM, Clock

PURPOSE = "mail token"
# So long before its end a token is renewed, and so long one that nobody asked for since is kept.
EARLY, KEPT = dt.timedelta(minutes=2), dt.timedelta(days=120)


@transaction.atomic
def token_for(grant: Grant, clock: Clock = SYSTEM) -> str:
    """An access token that is good now. Raises NoToken."""
    now = clock.now()
    MailToken.objects.bulk_create([MailToken(key=grant.key, expires_at=now)], ignore_conflicts=True)
    row = MailToken.objects.select_for_update().get(pk=grant.key)
    kept = _opened(row)
    if kept.access and row.expires_at > now + EARLY:
        return kept.access
    token = oauth.ask(grant, kept.refresh or grant.refresh_token, now)
    row.sealed = crypto.seal(PURPOSE, json.dumps([token.access, token.refresh]))
    row.expires_at = token.until
    row.save()
    MailToken.objects.filter(expires_at__lt=now - KEPT).delete()
    return token.access


def forget(grant: Grant, clock: Clock = SYSTEM) -> None:
    """A server took the token no more: the next one is asked for anew."""
    MailToken.objects.filter(pk=grant.key).update(expires_at=clock.now())


def _opened(row: MailToken) -> Token:
    try:
        access, refresh = json.loads(crypto.open_sealed(PURPOSE, row.sealed)) if row.sealed else ("", "")
    except crypto.Unreadable:  # sealed with another key: asked for anew
        access, refresh = "", ""
    return Token(access, row.expires_at, refresh)
