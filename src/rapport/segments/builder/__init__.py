"""The visual builder: a definition as a form and back. The form is the only state; nothing is kept between edits."""
