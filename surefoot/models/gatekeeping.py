"""The gateway as the settings want it."""

from graph.limits import BreakerRule
from graph.ports import Clock, Domains, Ledger
from surefoot.models.gateway import Gateway
from surefoot.models.provider import Provider
from surefoot.settings import Settings


def gateway_of(provider: Provider, ledger: Ledger, domains: Domains, clock: Clock, settings: Settings) -> Gateway:
    """The gateway over its ports."""
    return Gateway(
        provider=provider,
        ledger=ledger,
        domains=domains,
        clock=clock,
        context_window=settings.model_window,
        answer_tokens=settings.model_answer_tokens,
        tiers=settings.tiers,
        ceilings=settings.ceilings,
        breaker=BreakerRule(faults=settings.model_breaker_faults, open_seconds=settings.model_breaker_seconds),
    )
