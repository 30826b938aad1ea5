"""Template tags of the design system; built in, so no template needs to load them."""

from django import template

register = template.Library()
