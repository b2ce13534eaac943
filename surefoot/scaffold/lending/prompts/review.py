"""Role `review`: what code cannot judge."""

from graph.prompt import Prompt

PROMPT = Prompt("""\
You review an answer before it is sent. Amounts and recipient have been checked by code. Judge what code cannot: does it
answer the question, and is it kind? `pass`, `revise` with one concrete change, or `escalate` to a person; then why.
""")
