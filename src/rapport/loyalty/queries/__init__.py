"""Every read of loyalty."""
