"""Role `parse`."""

from graph.prompt import Prompt

PROMPT = Prompt("Turn the input into the form asked for. Add nothing that is not in it.\n")
