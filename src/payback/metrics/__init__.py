"""What the numbers mean: vocabulary, catalogue, compile, answer, explain."""
