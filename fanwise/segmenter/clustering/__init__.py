"""From features to clusters: sampling, the choice of k, the final k-means."""
