"""Who and what: people and their accounts, teams and memberships over time. Knows no money and no vendor's format."""
