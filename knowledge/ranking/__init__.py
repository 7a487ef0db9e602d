"""Ranking: candidates from the engine, what was learned from answered questions, and the trees that weigh it all."""
