"""How near synthetic data are to real data: measures with gates, and their report."""
