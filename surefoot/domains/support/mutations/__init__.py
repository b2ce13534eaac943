"""Tickets in other words, about other people: what the rules were not written for.

Two thirds of the templates are open to whoever writes rules or prompts; the others are held out, and what comes of
them is reported apart.
"""
