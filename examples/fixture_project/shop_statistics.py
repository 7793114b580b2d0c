"""What this project does: it asks a shop's database a few questions."""

from __future__ import annotations

import duckdb


def revenue_by_segment(db: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Return the total of all orders per customer segment."""
    query = """
        select customer_segment, sum(gross_amount)
        from "order" join customer using (customer_id) group by all
    """
    return dict(db.execute(query).fetchall())


def best_customer(db: duckdb.DuckDBPyConnection) -> int:
    """Return the customer with the largest total; the lowest id where two are equal."""
    query = """
        select customer_id from "order"
        group by customer_id order by sum(gross_amount) desc, customer_id limit 1
    """
    return int(db.execute(query).fetchall()[0][0])


def forget_customer(db: duckdb.DuckDBPyConnection, customer_id: int) -> None:
    """Remove the personal data of a customer."""
    db.execute("update customer set full_name = null, email = null where customer_id = $1", [customer_id])
