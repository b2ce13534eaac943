"""What models are told, a file each: the words, their version, and an example. It never decides what is allowed."""

from collections.abc import Mapping

from graph.prompt import Prompt

from . import plan, review, write_answer

PROMPTS: Mapping[str, Prompt] = {
    "plan": plan.PROMPT,
    "work:write_answer": write_answer.PROMPT,
    "review": review.PROMPT,
}
