"""The command line: verbs of a stable contract. Heavy imports happen inside the verbs that need them."""

from __future__ import annotations


def main() -> None:
    """Run the verb that was asked for; exit 0 done, 1 refused with one sentence, 2 wrong usage."""
    import sys

    if sys.argv[1:2] in (["agents"], ["survive"]):
        from payback.cli.swift import answer

        answer(sys.argv[1], sys.argv[2:])
    from payback.cli.verbs import run

    run()
