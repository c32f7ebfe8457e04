"""How records reach payback: one vendor or format, one file."""
