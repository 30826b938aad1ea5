"""The visual editor of a definition: what can be done to a draft, how it is drawn, and the forms of its steps."""
