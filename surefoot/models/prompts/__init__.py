"""From a role and its structured input to messages: what comes first never changes, what changes comes last.

render.py     the conversation, its repair, its version     contracts.py  schemas in a notation that is short to read
turns.py      how each kind of input is told                shapes.py     the schema that an answer is held to
plan.py ... summarize.py  what a role is told where a domain says nothing, a file each
"""
