"""ape run open_tender: `terang tender publish` on ape's network and by ape's account."""

from terang.ape import command

cli = command("tender", "publish")
