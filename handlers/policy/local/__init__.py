"""Amounts that every county sets for itself: entered by hand with their source, shown where they hold."""
