"""Who acts: wallets, signatures and the typed data that wallets show."""
