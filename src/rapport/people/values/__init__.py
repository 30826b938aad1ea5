"""Values of traits: their types, the definitions that say so, and how people read them."""
