"""The personal digest: a member who asks for it is told in private, on working days, what is due and what waits.

Off unless asked for, silent when nothing waits, once a day, never another day's. What was told is on no record.
"""
