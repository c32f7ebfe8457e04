"""Who may see which rows of which facts, and why."""
