"""What a change did to an outcome: estimators (values in, values out), their intervals and the words of a verdict."""
