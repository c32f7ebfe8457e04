"""What the work was: AI evidence, links between sessions and changes, receipts, the size of a change."""
