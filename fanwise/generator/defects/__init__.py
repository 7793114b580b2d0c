"""Defects: faults in the written data, with the truth beside them."""
