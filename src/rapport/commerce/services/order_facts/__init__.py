"""What an event says of an order, a cart or a subscription: its name in any vocabulary, its values in any spelling."""
