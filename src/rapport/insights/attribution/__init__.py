"""Which share of what was sold each channel and campaign had, by several models side by side, and what it cost."""
