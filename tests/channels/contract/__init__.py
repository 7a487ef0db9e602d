"""One contract for every channel: what a platform may do to us, and what then has to hold.

Each channel is tested through its real routes or connection against its imitated platform, with the real
engine behind it: the commands, the gate and the database of `bot.app`.

To add a channel:

1. One file here, `<channel>.py`, with a class that derives from `bench.Bench` and says how to speak to us
   as that platform (`official_account.py` is the example; 80 lines). What a platform cannot do is left out by the
   class attributes: `hears = False` (nobody can speak to it), `callback = False` (it does not call us by
   HTTP, so nothing of it can be forged, stale or replayed).
2. One line in `benches.BENCHES`.
3. `.venv/bin/python -m pytest tests/channels/contract --update-transcripts` writes `golden/<channel>.json`:
   what arrives at the platform for each kind of part. Read it before it is committed.

`test_contract.py` fails as long as a channel of `bot.channels` or of `bot.app` has no bench.
"""
