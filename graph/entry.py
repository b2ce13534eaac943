"""What `langgraph.json` serves. Importing it opens no file and no domain; the first request does."""

from langchain_core.runnables import RunnableConfig

from graph.build import Compiled, build_graph
from surefoot.serving import served


async def graph(config: RunnableConfig) -> Compiled:
    """The machine over this process's store; the server brings the checkpointer."""
    deps, request = await served(config)
    return build_graph(deps, request=request)
