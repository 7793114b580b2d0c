"""Statistics: intervals, ranks, power, descriptive statistics."""
