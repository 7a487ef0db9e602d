"""Imitations of the platforms, written from their pages alone. Nothing here imports the bot."""
