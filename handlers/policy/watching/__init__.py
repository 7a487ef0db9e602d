"""The rule watch: what in the base went stale or soon will, and the weekly line to the keepers about it."""
