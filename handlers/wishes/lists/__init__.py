"""Wishes as they are looked at: lists with conditions and pages, what is mine, one wish in full."""
