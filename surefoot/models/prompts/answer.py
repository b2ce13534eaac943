"""Role `answer`: the little that is said when the budget is nearly gone."""

from graph.prompt import Prompt

PROMPT = Prompt("Give a short answer from the facts given and nothing else.\n")
