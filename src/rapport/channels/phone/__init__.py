"""The telephone: a message is a task with a script, which somebody of the business carries out."""
