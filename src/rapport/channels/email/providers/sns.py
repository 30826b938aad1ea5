"""Amazon SNS: that a notification is of our topic and signed by Amazon, and the confirmation of a subscription."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.utils.translation import gettext as _

from rapport.channels.email.providers import calls
from rapport.channels.incoming import Call, Malformed, NotTheirs
from rapport.core.services import outbound

_TOPIC = re.compile(r"arn:aws(-cn|-us-gov)?:sns:([a-z0-9-]{4,32}):[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]
_HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}
_keys: dict[str, tuple[rsa.RSAPublicKey, dt.datetime, dt.datetime]] = {}


def notification(call: Call, topic: str) -> Mapping[str, Any]:
    """The envelope of a call that Amazon signed for this topic. Raises NotTheirs and Malformed."""
    envelope = calls.json_of(call)
    if not isinstance(envelope, dict) or envelope.get("Type") not in _SIGNED:
        if isinstance(envelope, dict) and envelope.keys() & {"notificationType", "eventType"}:
            raise NotTheirs(
                _("Switch “raw message delivery” off in the SNS subscription: raw calls are not signed.")
            )
        raise NotTheirs(_("That is no notification of Amazon SNS."))
    if envelope.get("TopicArn") != topic:
        raise NotTheirs(_("The notification is of another SNS topic than the one in the settings."))
    host = host_of(topic)
    if not _signature_fits(envelope, _key(str(envelope.get("SigningCertURL")), host, call.now)):
        raise NotTheirs(_("The signature of the notification is wrong."))
    try:
        stamp = dt.datetime.fromisoformat(str(envelope.get("Timestamp")))
    except ValueError as error:
        raise Malformed(_("The call bears no time.")) from error
    calls.check_fresh(stamp.timestamp(), call.now)
    return envelope


def confirm(envelope: Mapping[str, Any], topic: str) -> None:
    """Confirms the subscription at the topic's own region; the address in the call is not asked."""
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic, "Token": envelope["Token"]})
    try:
        answer = outbound.request("GET", f"https://{host_of(topic)}/?{query}")
    except (outbound.Refused, outbound.Unreachable) as error:
        raise Malformed(str(error)) from error
    if answer.status != 200:
        raise Malformed(_("Amazon did not take the confirmation: %(status)d") % {"status": answer.status})


def host_of(topic: str) -> str:
    """The host of SNS in the topic's region. Raises NotTheirs for what is no topic."""
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise NotTheirs(_("The SNS topic in the settings is none."))
    return f"sns.{match[2]}.amazonaws.com" + (".cn" if match[1] == "-cn" else "")


def _key(url: str, host: str, now: dt.datetime) -> rsa.RSAPublicKey:
    """The public key of a certificate of Amazon's; anybody may keep a certificate somewhere below amazonaws.com."""
    try:
        split_url = urlsplit(url)
        port = split_url.port
    except ValueError as error:
        raise NotTheirs(_("The certificate is not Amazon's.")) from error
    plain = not (split_url.query or split_url.fragment or split_url.username or split_url.password or port)
    if (
        split_url.scheme != "https"
        or split_url.netloc != host
        or not plain
        or not _CERTIFICATE.fullmatch(split_url.path)
    ):
        raise NotTheirs(_("The certificate is not Amazon's."))
    if url not in _keys:
        if len(_keys) > 20:
            _keys.clear()
        _keys[url] = _fetched(url)
    key, begins, ends = _keys[url]
    if not begins <= now <= ends:
        raise NotTheirs(_("The certificate is not valid now."))
    return key


def _fetched(url: str) -> tuple[rsa.RSAPublicKey, dt.datetime, dt.datetime]:
    try:
        answer = outbound.request("GET", url)
        certificate = x509.load_pem_x509_certificate(answer.text.encode())
    except (outbound.Refused, outbound.Unreachable, ValueError) as error:
        raise Malformed(
            _("The certificate of Amazon cannot be fetched: %(error)s") % {"error": error}
        ) from error
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotTheirs(_("The certificate is not Amazon's."))
    return key, certificate.not_valid_before_utc, certificate.not_valid_after_utc


def _signature_fits(envelope: Mapping[str, Any], key: rsa.RSAPublicKey) -> bool:
    fields = _SIGNED[envelope["Type"]]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in fields if envelope.get(name) is not None)
    algorithm = _HASHES.get(str(envelope.get("SignatureVersion")))
    if algorithm is None:
        return False
    try:
        signature = base64.b64decode(str(envelope.get("Signature")), validate=True)
        key.verify(signature, text.encode(), padding.PKCS1v15(), algorithm())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
