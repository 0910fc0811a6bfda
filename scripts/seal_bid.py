"""ape run seal_bid: `terang bid seal` on ape's network and by ape's account."""

from terang.ape import command

cli = command("bid", "seal")
