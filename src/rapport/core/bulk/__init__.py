"""Changes of many rows of a list: chosen once, carried out by a job, and taken back."""
