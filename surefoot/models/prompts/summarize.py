"""Role `summarize`."""

from graph.prompt import Prompt

PROMPT = Prompt("""\
Summarize the messages of a run for whoever goes on with it, in at most 200 words: what was asked, found, tried and
decided. Repeat every pinned fact word for word.
""")
