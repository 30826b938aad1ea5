"""The ledger of points, and the only way into it."""
