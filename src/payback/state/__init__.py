"""What people decided and what happened to access: small, mutable, never facts. SQLite by default, any SQL database by URL."""
