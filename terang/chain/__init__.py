"""The way to a chain: compile, start a local node, connect, encode, send, deploy.

Everything a node answers is treated as hostile: it is checked before it is used. Times here are
`timestamp`s as the EVM has them, whole seconds since 1970 UTC; addresses are checksummed hex.
"""
