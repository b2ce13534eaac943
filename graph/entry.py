"""What `langgraph.json` serves. Importing it opens no file and no domain; the first request does."""

from langchain_core.runnables import RunnableConfig

from graph.build import Compiled, build_graph
from surefoot.serving import studio_deps


async def graph(config: RunnableConfig) -> Compiled:
    """The machine over this process's store; the server brings the checkpointer."""
    return build_graph(await studio_deps(config))
