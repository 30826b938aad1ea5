"""Gift cards: issued, sold, delivered, spent, refunded, and ended."""
