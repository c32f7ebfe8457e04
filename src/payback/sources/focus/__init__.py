"""FOCUS bills (1.0 to 1.4, and rows of the 1.5 draft): rows as charges, by column name, whoever wrote the file.

`read_rows` takes the rows of one file or of one billing period; `read_row` is one row alone. Columns may be absent, and
what a charge has no place for stays in its details as text, by its FOCUS name, so nothing of a bill is lost.

Sums are exact. A charge holds nine places; where a bill has more, its text stays in `details`, and what rounding took
from (or gave to) the rows of one currency is carried into the last of them, so the charges add up to the bill's own
sum at nine places.
"""

from payback.sources.focus.given import Given
from payback.sources.focus.row import read_row
from payback.sources.focus.rows import Sum, read_rows, sums

__all__ = ["Given", "Sum", "read_row", "read_rows", "sums"]
