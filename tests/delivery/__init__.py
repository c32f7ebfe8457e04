"""AI evidence, links, receipts."""
