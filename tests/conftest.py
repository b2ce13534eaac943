"""What holds for every test: no setting of the developer's own reaches it; nothing is asked or traced by accident."""

import os

FOREIGN = ("SUREFOOT_", "OPENAI_", "AZURE_OPENAI_", "LANGSMITH_", "LANGCHAIN_")

for name in [name for name in os.environ if name.startswith(FOREIGN)]:
    del os.environ[name]
