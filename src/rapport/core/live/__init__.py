"""What open pages hear at once: that a record changed, who else looks at it, what a user is told of.

`topics.tell("template:7")` reaches every open page whose `data-live` carries a token of that topic, in every web
process, once the transaction is committed. Pages then ask the server again as whoever they belong to: a stream carries
no content.
"""
