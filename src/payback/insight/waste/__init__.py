"""What costs more than it need: pure functions from figures to findings, one module each."""
