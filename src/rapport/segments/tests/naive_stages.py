"""Stages decided as plainly as possible."""

from rapport.segments.tests import naive


def stage_of(stages, person, now, zone):
    """The key of the first stage ([(key, rule)]) that a person fits."""
    return next(key for key, rule in stages if naive.fits(rule, person, now, zone))
