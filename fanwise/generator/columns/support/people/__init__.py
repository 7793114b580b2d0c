"""What `person` and `place` draw from: names by locale, phone numbers for fiction, and the table of places."""
