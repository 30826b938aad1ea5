"""Titles of settings that several steps have; where events are told, a capital word is taken for an event."""

from django.utils.translation import gettext_lazy as _

EVENT = _("Event")
PROPERTIES = _("Properties")
TRAITS = _("Traits")
