"""What a contract claims, written for other tools."""
