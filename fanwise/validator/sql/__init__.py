"""SQL that is built from a contract: joins along its edges, totals, sample queries."""
