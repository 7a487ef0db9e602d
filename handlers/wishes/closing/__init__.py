"""How a wish ends: confirmed, withdrawn, merged with its like, expired; and how it is opened again."""
