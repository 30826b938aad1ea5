"""Every write of loyalty."""
