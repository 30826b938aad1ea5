"""Forms of messaging: shape and words only; rules are the services'."""
