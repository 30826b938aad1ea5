"""From what happened to points: orders and events, judged by the rules of their moment."""
