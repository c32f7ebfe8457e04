"""What happened, once and for good: canonical tables, entries, intake, identity, reconciliation, attribution."""
