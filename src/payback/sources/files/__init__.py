"""Files of any layout as canonical rows: read, propose a mapping of columns, convert, refuse row by row."""
