"""Who does what a wish asks for: claimed by one, promised, handed on, delivered, reminded."""
