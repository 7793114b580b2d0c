"""Tables that are made when asked for, the same every time."""

import polars as pl

import fanwise

shop = fanwise.dataset("ecommerce", rows={"customer": 200})
print(shop)

orders = shop["order"].join(shop["customer"], on="customer_id")
by_segment = orders.group_by("customer_segment").agg(
    orders=pl.len(), customers=pl.col("customer_id").n_unique(), value=pl.mean("gross_amount").round(2)
)
print(by_segment.sort("value", descending=True))

# One customer out of a million, without the others.
customer = fanwise.dataset("ecommerce", rows={"customer": 1_000_000}).subtree("customer", 17)
print({table: frame.height for table, frame in customer.items()})

# What if this customer were a VIP? Everything below follows, and nothing else changes.
row = shop["customer"]["customer_segment"].to_list().index("Casual")
promoted = shop.override("customer", row=row, customer_segment="VIP")
print(shop["order"].height, "orders before,", promoted["order"].height, "after")

# Why is this value what it is?
print(shop.explain("order", row=3, column="gross_amount"))
