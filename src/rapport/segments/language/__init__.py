"""The language of segment definitions: one module per kind of clause, behind the registry."""
