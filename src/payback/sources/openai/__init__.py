"""OpenAI: billed costs, use by endpoint and the directory of an organisation, by its admin key.

`reply` follows pages, `reports` reads money and use, `directory` who there is. `vendor` puts them together as the `Source`.
"""

from payback.sources.openai.vendor import SOURCE

__all__ = ["SOURCE"]
