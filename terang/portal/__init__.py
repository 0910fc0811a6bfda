"""What citizens see: the ledger as a page.

names   the words that are not on chain: of organisations, seats, tenders, currencies
story   one tender as its replayed state tells it: path, bids, ballots, payments, proofs
show    amounts, times and other people's text, in the language in force
page    the one self-contained page in both languages
"""
