"""Will the audit pass? The same judgement, from moments."""
