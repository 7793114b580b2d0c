"""Laws of columns and counts, formulas and effects of segments."""
