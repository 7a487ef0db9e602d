"""Articles from outside, on their way to be items of the digest: imported from files, announced by feeds."""
