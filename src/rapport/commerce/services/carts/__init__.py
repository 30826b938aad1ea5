"""Carts as projections of events, and the rule by which one is called abandoned."""
