"""ape run replay: `terang audit replay` on ape's network."""

from terang.ape import command

cli = command("audit", "replay", signs=False)
