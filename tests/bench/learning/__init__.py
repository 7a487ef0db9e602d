"""Learning the ranking of `knowledge.ranking` from labelled questions; run by `python -m tests.bench.learn`."""
