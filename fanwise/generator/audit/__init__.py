"""What the audit must know of a plan (the contract), and whether it is expected to pass (the forecast)."""
