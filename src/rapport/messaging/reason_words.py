"""What pages say for the reasons of receipts and of mails that were read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "user_unknown": _("The address does not exist"),
    "host_unknown": _("The domain does not exist"),
    "no_mail": _("The domain takes no mail"),
    "moved": _("The recipient has moved"),
    "mailbox_full": _("The mailbox is full"),
    "disabled": _("The mailbox is switched off"),
    "filtered": _("The recipient's filter refused it"),
    "sender_rejected": _("The sender was refused"),
    "blocked": _("The sender is on a blocklist"),
    "authentication": _("The sender is not authenticated (SPF, DKIM, DMARC)"),
    "reverse_dns": _("The sending server has no valid name (PTR)"),
    "rate_limited": _("Too much at a time"),
    "relaying_denied": _("The server does not relay for the sender"),
    "policy": _("Against the receiver's policy"),
    "security": _("Encryption or sign-in is wanted"),
    "spam": _("Taken for spam"),
    "virus": _("Taken for malware"),
    "content": _("The content was refused"),
    "too_big": _("The message is too big"),
    "expired": _("It could not be delivered in time"),
    "network": _("No connection to the server"),
    "system": _("Fault of the receiving server"),
    "loop": _("The mail went round in circles"),
    "syntax": _("The servers did not understand each other"),
    "delivered": _("It arrived"),
    "feedback": _("Marked as spam"),
    "refused": _("Refused at once"),
    "undefined": _("No reason given"),
    "own_mail": _("A mail of ours that came back"),
    "not_kept": _("This mailbox keeps only reports"),
    "mailing_list": _("From a mailing list"),
    "made_by_program": _("Made by a program"),
    "no_sender": _("Without a sender"),
    "challenge": _("Wants the sender to prove that they are a person"),
}


def in_words(reason: str) -> str:
    """A reason as pages say it; what has no words is shown as it is."""
    return str(WORDS.get(reason, reason))
