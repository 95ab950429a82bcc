"""`./chat bench`: what the product costs, beside a Channels server as its tutorial teaches it.

Both are loaded by the same generator (`load/`, C, compiled on the spot) in the same call, so that a ratio says
something on any machine. No figure without an oracle: a run in which anything was lost, doubled or out of order says
so.
"""
