"""A copy of a response as a log holds it: two tuples that order themselves, so that merging copies is a max and a min.

One response is written many times: while it streams, in forked sessions, in archives, under two roots. What was used is
taken from the largest copy (`Used`), where it belongs from the first place (`Place`); both orders are total, so the
result depends neither on the order of files nor on how they are cut. Knows no format and no price.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias

# tool, vendor, model, service tier, speed, region; "" is unknown
Class: TypeAlias = tuple[str, str, str, str, str, str]
# is it a side chain, session, project, branch; "" is unknown
Place: TypeAlias = tuple[bool, str, str, str]
# output, is it final, speed, minus its time (ms since 1970), input, cache read, cache write 5 min, cache write 1 h,
# reasoning, web searches, requests, errors, retries, class
Used: TypeAlias = tuple[int, bool, str, int, int, int, int, int, int, int, int, int, int, Class]
Copy: TypeAlias = tuple[Used, Place]

ANSWERED, FAILED, RETRIED = (1, 0, 0), (0, 1, 0), (0, 0, 1)


def merged(one: Copy, other: Copy) -> Copy:
    """Two copies of one response as one: numbers and time of the larger answer, the earlier place.

    A copy outside side chains comes before one inside, whatever their size.
    """
    if one[1][0] is other[1][0]:
        return (max(one[0], other[0]), min(one[1], other[1]))
    return other if one[1][0] else one


def group_of(text: str) -> int:
    """A 63-bit digest of a response's id; responses with the same id are resolved together."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little") >> 1
