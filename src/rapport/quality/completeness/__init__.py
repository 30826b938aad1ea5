"""How good the data is: measures over everybody, kept day by day, with whom each found wanting."""
