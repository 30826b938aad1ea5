"""Files of people going out."""
