"""From a source to a schema: what a database, a folder or its DDL tells, and what its rows show."""
