"""The list prices of the `genai-prices` package: loaded light, searched and evaluated at an instant.

The figures are always the installed package's own; nothing of them is copied here.
"""
