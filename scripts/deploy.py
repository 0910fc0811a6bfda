"""ape run deploy: `terang deploy` on ape's network and by ape's account."""

from terang.ape import command

cli = command("deploy")
