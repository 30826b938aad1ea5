"""Proof, made by a business's own server, of which user is signed in: a JSON Web Token (RFC 7519) with HS256.

A write key stands in every page, so whoever knows a user's id could claim to be them. What only they may see asks for
such a token: `sub` is the user id as in `identify`, `exp` at most a day away.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

import jwt
from django.conf import settings

from rapport.events.models import Source

LONGEST = dt.timedelta(hours=24)
LEEWAY = dt.timedelta(minutes=5)


class Invalid(ValueError):
    """The token proves nothing; the message says why."""


def secret(source: Source) -> str:
    """What the business's server signs with. It follows from the write key, and is replaced together with it."""
    message = f"user token:{source.pk}:{source.write_key}".encode()
    digest = hmac.new(settings.SIGNING_KEY.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def user_id(source: Source, token: str, now: dt.datetime) -> str:
    """The user that the token proves. Raises Invalid."""
    try:
        claims = jwt.decode(
            token,
            secret(source),
            algorithms=["HS256"],
            options={
                "require": ["sub", "exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        expires = dt.datetime.fromtimestamp(int(claims["exp"]), dt.UTC)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError) as error:
        raise Invalid(f"the user token cannot be believed: {error}") from error
    if expires + LEEWAY < now:
        raise Invalid("the user token has expired")
    if expires > now + LONGEST + LEEWAY:
        raise Invalid("the user token is good for more than a day")
    return str(claims["sub"])
