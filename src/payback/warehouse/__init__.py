"""Where facts live: declared tables, atomic writes of Arrow batches with their sync cursor, reads as Ibis expressions."""
