"""A photo of what was delivered: never asked for twice, never counted, and for who confirms it alone."""
