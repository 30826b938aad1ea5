"""Reading mail: what one message is (bounce, complaint, automatic reply or other) and whom it speaks of. Pure."""

from rapport.channels.email.inbound.reading import Kind, Reading, Recipient, classify

__all__ = ["Kind", "Reading", "Recipient", "classify"]
