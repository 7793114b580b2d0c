"""Where a schema is inferred from: data, DDL, a dbt manifest, a contract of data."""
