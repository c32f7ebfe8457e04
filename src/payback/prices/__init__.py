"""What a unit of use costs and since when. Pure but for reading price files; knows no engine and no source.

`shelf.Books` answers for a (vendor, model, tier); `scalar` asks it for one request, `table` for an Arrow table. An
unknown price is an `Unpriced` value with its reason, never 0.
"""
