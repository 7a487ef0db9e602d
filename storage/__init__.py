"""What is kept: one module a noun, one unit of work over all of them, SQLite or PostgreSQL below."""
