"""What is measured in the data: totals per unit and segment, pairs, extremes, duplicates."""
