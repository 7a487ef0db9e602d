"""The chat engine: knows no platform and no feature."""
