"""Wishes from a sheet: a county's own list, whose rows are new wishes, and our register on its way back."""
