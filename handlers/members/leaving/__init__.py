"""Leaving and replacement: what somebody has open goes to who follows, or back to the list; their roles end."""
