"""Rows of the `evidence` table from signs. Deterministic: the same sign of the same subject has the same id."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from payback.delivery.markers import Sign


def digest(*parts: str | int | None) -> str:
    """A short deterministic id of parts; None and the empty text are different."""
    text = "\x1f".join("\x00" if part is None else str(part) for part in parts)
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def evidence_rows(
    subject_kind: str, subject_id: str, signs: Iterable[Sign], occurred_at: datetime | None
) -> list[dict[str, Any]]:
    """One row per sign, without `source` and `synced_at`. A sign said twice of a subject is one row."""
    rows: dict[str, dict[str, Any]] = {}
    for sign in signs:
        key = digest(subject_id, sign.kind, sign.tool, sign.model, sign.session_id, sign.seen_in)
        rows[key] = {
            "evidence_id": key,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "kind": sign.kind,
            "ai_class": sign.ai_class,
            "tool": sign.tool,
            "model": sign.model,
            "grade": sign.grade,
            "seen_in": sign.seen_in,
            "lines": sign.lines,
            "session_id": sign.session_id,
            "occurred_at": occurred_at,
        }
    return list(rows.values())
