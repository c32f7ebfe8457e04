"""What the bill exports of the clouds have in common: billing periods, runs, GPU lines, names of models."""
