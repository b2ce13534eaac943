"""Msgpack, packed: what is stored repeats the names of channels, classes and fields again and again.

The names that come up most are a dictionary that both sides know (zlib's `zdict`), so that small values shrink too.
What was stored before this, or by LangGraph's own serializer, is read as it is.
"""

import zlib
from typing import Any, Final

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

PACKED: Final = "msgpack+1"
"""The kind under which packed bytes are stored. Another dictionary needs another kind: never edit the words of one."""
WORTH_IT: Final = 48
"""Bytes below which nothing is gained."""
_MSGPACK: Final = "msgpack"
_LEVEL: Final = 6
_WORDS: Final = """
langchain_core.messages.human HumanMessage langchain_core.messages.modifier RemoveMessage langchain_core.messages.ai
AIMessage content additional_kwargs surefoot history response_metadata type ai name id tool_calls invalid_tool_calls
usage_metadata model_validate_json
graph.contract Failure cause message ends
graph.contract Finding check message task
graph.escalation Answer escalation_id option note actor
graph.escalation Answered question answer leads_to
graph.escalation Question kind asked_by message plan_number task effect_key calls faults findings
graph.toolcall EffectDone tool key args result
graph.toolcall Permit call by
graph.toolcall ToolCall tool args
graph.toolcall ToolError code message retryable retry_after attempts hint effect_key final
graph.contract Outcome status cause message disposition data items effects
graph.contract Retry attempt not_before error granted
graph.contract Review stage work verdict pass revise findings by code
graph.contract Plan number tasks summary
graph.contract Task id stage work worker tools input $ref depends_on rationale
graph.contract WorkOrder header graph.contract Header run_id thread_id tenant default domain domain_version
budget graph.contract Budget tokens usd seconds calls alert_at on_alert escalate models parks forgiven started_at
task attempt permits sequence kept
graph.contract TaskResult task_id worker attempt status success output error question pending kept stops
graph.contract Spend tokens usd_micros seconds worked calls refused refusal overrun
graph.contract Schedule ready wake_at exhausted settled
versions_seen __input__ __start__ __interrupt__ intake validating planning executing worker reviewing revising
escalated summarize fallback complete rejected failed __pregel_tasks __pregel_push langgraph.types Send
v ts id channel_values updated_channels channel_versions branch:to:intake branch:to:validating branch:to:planning
branch:to:executing branch:to:reviewing branch:to:revising branch:to:escalated branch:to:summarize branch:to:complete
request header status running transitions messages plan plan_number plan_attempts faults stage results retries schedule
review revisions question asked answers permits spend room fits detour simplified cancelled reentry failure resume_at
outcome
graph.contract Transition sequence source executing target worker reason dispatched tasks settled at worked
model_validate_json
"""


def _as_msgpack(word: str) -> bytes:
    """A short text as msgpack writes it."""
    return bytes([0xA0 | len(word)]) + word.encode()


DICTIONARY: Final = b"".join(map(_as_msgpack, _WORDS.split()))


class PackedSerializer(JsonPlusSerializer):
    """LangGraph's serializer with its bytes packed."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The kind of the bytes, and the bytes."""
        kind, plain = super().dumps_typed(obj)
        if kind != _MSGPACK or len(plain) < WORTH_IT:
            return kind, plain
        packer = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS, zdict=DICTIONARY)
        packed = packer.compress(plain) + packer.flush()
        return (PACKED, packed) if len(packed) < len(plain) else (kind, plain)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value."""
        kind, stored = data
        if kind != PACKED:
            return super().loads_typed(data)
        plain = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=DICTIONARY).decompress(stored)
        return super().loads_typed((_MSGPACK, plain))
