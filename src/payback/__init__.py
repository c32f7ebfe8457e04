"""payback: what an organisation's AI costs, who owns it, why it moved, what it bought, what to do next."""

__version__ = "0.1.0"
