"""A receipt as Markdown, for a comment on a pull request or a terminal. Words and layout only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from payback.delivery.receipt import Line, Receipt, Sum

HOW = {
    "session_note": "a line-level note names the session",
    "session_trailer": "a commit trailer names the session",
    "branch_commit": "work on the branch before its next commit",
    "branch_pull_request": "work on the branch before the pull request ended",
    "default_commit": "work on the default branch before the next direct commit",
    "branch_only": "work on the branch, no change yet",
}
CLASSES = {
    "agent_authored": "authored by an agent",
    "agent_assisted": "assisted by an agent",
    "none_detected": "no AI marker found (markers can be switched off, so this is no proof of none)",
}
_MOST_SESSIONS = 20


def to_markdown(receipt: Receipt) -> str:
    """The receipt as Markdown with a trailing newline. Text that others wrote cannot break out of its cell."""
    subject = receipt.subject
    title = f" – {_plain(subject.title)}" if subject.title and subject.kind != "branch" else ""
    parts = [f"### What {_plain(subject.id)} cost{title}", _headline(receipt)]
    if receipt.by_model:
        parts += [_table(("tool", "model"), receipt.by_model), _sessions(receipt)]
        parts.append(_table(("linked because",), receipt.by_link, HOW))
    parts += [_evidence(receipt), _outside(receipt)]
    stamp = f"{receipt.made_at:%Y-%m-%d %H:%M} UTC"
    parts.append(
        f"<sub>List price, not an invoice. Booked by commit slices, each dollar once. payback, {stamp}</sub>"
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def dollars(amount: Sum) -> str:
    """A sum's list price: exact to the cent or to four places when small, `≥` where something had no price."""
    if amount.list_usd is None:
        return "unpriced" if amount.unpriced_tokens else "$0.00"
    return ("≥ " if amount.unpriced_tokens else "") + _usd(amount.list_usd)


def _usd(amount: Decimal) -> str:
    return f"${amount:,.4f}" if 0 < amount < 1 else f"${amount:,.2f}"


def _headline(receipt: Receipt) -> str:
    if not receipt.by_model:
        return "No AI use is linked to this change. That is not proof of none: see what stayed out below."
    billed = f", of which {_usd(receipt.billed_usd)} billed" if receipt.billed_usd is not None else ""
    sessions = len(receipt.by_session)
    tokens = sum((receipt.total.tokens or {}).values())
    return (
        f"**{dollars(receipt.total)}** at list price{billed} · {sessions} session{'s' * (sessions != 1)} · "
        f"{receipt.total.requests:,} requests · {tokens:,} tokens"
    )


def _table(head: tuple[str, ...], lines: tuple[Line, ...], words: dict[str, str] | None = None) -> str:
    rows = [f"| {' | '.join(head)} | requests | list USD |", f"|{'---|' * len(head)}---:|---:|"]
    for line in lines:
        names = " | ".join(_plain((words or {}).get(name, name)) for name in line.names)
        rows.append(f"| {names} | {line.sum.requests:,} | {dollars(line.sum)} |")
    return "\n".join(rows)


def _sessions(receipt: Receipt) -> str:
    rows = ["| session | tool | from | to | list USD |", "|---|---|---|---|---:|"]
    for line in receipt.by_session[:_MOST_SESSIONS]:
        names = " | ".join(_plain(name) for name in line.names)
        span = f"{line.begun_at:%Y-%m-%d %H:%M} | {line.ended_at:%Y-%m-%d %H:%M}"
        rows.append(f"| {names} | {span} | {dollars(line.sum)} |")
    if left := len(receipt.by_session) - _MOST_SESSIONS:
        rows += [f"| and {left} more | | | | |"] if left > 0 else []
    return "\n".join(rows)


def _evidence(receipt: Receipt) -> str:
    rows = [f"**AI evidence:** {CLASSES[receipt.ai_class]}"]
    seen: dict[tuple[str, str, str], int] = {}
    for sign in receipt.evidence:
        key = (f"{sign['tool']}", f"{sign['kind']} in {sign['seen_in']}", f"grade {sign['grade']}")
        seen[key] = seen.get(key, 0) + 1
    rows += [f"- {_plain(' · '.join(key))} × {count}" for key, count in sorted(seen.items())]
    return "\n".join(rows)


def _outside(receipt: Receipt) -> str:
    coverage, rows = receipt.coverage, []
    if coverage.elsewhere_on_branch.requests:
        rows.append(
            f"- on the same branch, for another change or none yet: {dollars(coverage.elsewhere_on_branch)}"
        )
    if coverage.unlinked_nearby.requests:
        rows.append(f"- in the same repository and time, placed nowhere: {dollars(coverage.unlinked_nearby)}")
    return "\n".join(["**Not in this receipt**", *rows]) if rows else ""


def _plain(text: str) -> str:
    """Text without what Markdown, HTML or a mention would act on."""
    flat = " ".join(text.replace("|", "/").replace("`", "'").split())
    return (
        flat.replace("<", "‹").replace(">", "›").replace("@", "@\u200b").replace("[", "(").replace("]", ")")
    )
