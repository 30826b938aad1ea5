"""Files of orders and of tills: rows become the events that orders are folded from."""
