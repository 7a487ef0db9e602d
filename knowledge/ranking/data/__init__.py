"""What was learned; made by `python -m tests.bench.learn`."""
