"""A real model of 135 million parameters on this machine, to try Surefoot with no key and no network.

weights.py    the model's file, out of the package that carries it
server.py     an OpenAI-compatible server over it, on loopback
__main__.py   `python -m surefoot.models.local`
"""
