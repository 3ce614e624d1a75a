"""Families by topic; each module holds a table of them."""
