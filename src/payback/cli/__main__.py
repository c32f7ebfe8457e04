"""`python -m payback.cli`, the same as `payback`."""

from payback.cli import main

main()
