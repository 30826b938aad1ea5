"""Members' cards in Apple's and Google's wallets: made, signed, and kept up to date."""
