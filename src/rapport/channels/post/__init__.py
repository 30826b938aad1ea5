"""Post: messages are letters, printed by a print house from a file that is document of them."""
