"""The contract: what a data set promises."""
