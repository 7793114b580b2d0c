"""The tables in DuckDB, with keys and foreign keys."""

import duckdb

import fanwise

db = fanwise.dataset("ecommerce", rows={"customer": 200}).to_duckdb()
print(
    db.sql("""
    select customer_segment, count(*) as orders, round(avg(gross_amount), 2) as value
    from "order" join customer using (customer_id)
    group by all order by value desc
""")
)

try:
    db.execute("insert into order_item values (-1, 1, 'SKU-000001', 1, 9.99, 9.99)")
except duckdb.ConstraintException as error:
    print("refused:", str(error).splitlines()[0])
