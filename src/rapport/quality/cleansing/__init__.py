"""Values in one spelling: pure standardisers, repairs made of them, and runs over everybody that can be undone."""
