"""Reading and writing that is written once: URLs, YAML, JSON, SQL names, database sessions, tables of any source.

Nothing here knows a segment, a plan, a metric or a model, and nothing here imports the rest of Fanwise.
"""
