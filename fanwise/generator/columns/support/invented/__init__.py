"""Companies, products, streets, addresses and numbers that belong to nobody: what `fake` makes itself."""
