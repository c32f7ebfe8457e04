"""Charts as Vega-Lite values: plain mappings that the page, a report or a chat message draw alike.

Colours are written `var(--name)` and filled in by whoever draws; every value carries the exact words of its tooltip.
"""
