"""Real time; it lives beside the tools, which are used without Surefoot's edges too."""

from tools.clock import SystemClock

__all__ = ["SystemClock"]
