"""How a wish is asked for step by step, from who types the bare command."""
