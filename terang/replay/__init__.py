"""Replay: the ledger rebuilt from its events alone, and compared with the contracts' storage.

state.py    what is rebuilt              rules.py    what follows from a state (pure functions)
fold.py     event → state, by contract   recheck.py  opens every envelope again, without trust
compare.py  state against storage        audit.py    all of it over one chain
"""
