"""Thresholds a new installation starts with, for persons and companies alike."""

AUTO = 0.95
REVIEW = 0.3
