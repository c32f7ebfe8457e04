"""What the numbers say: effects with their intervals. Reads values, opens nothing."""
