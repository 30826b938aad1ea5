"""Tables of channels: their accounts, and the devices that push messages go to."""

from rapport.channels.models.accounts import ChannelAccount
from rapport.channels.models.devices import Device, VapidKey

__all__ = ["ChannelAccount", "Device", "VapidKey"]
