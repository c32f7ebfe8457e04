"""What people decided and what happened to access: small, mutable, never facts. SQLite by default, any SQL database by URL."""

from payback.state.store import State, open_state, pending, state_url

__all__ = ["State", "open_state", "pending", "state_url"]
