"""How a state of yesterday becomes one of today: one file per revision, forward only."""
