"""The tables as pandas frames (the extra `pandas`)."""

import fanwise

tables = fanwise.dataset("ecommerce", rows={"customer": 200}).to_pandas()
orders = tables["order"].merge(tables["customer"], on="customer_id")
print(orders.groupby("customer_segment")["gross_amount"].agg(["count", "mean"]).round(2))
print(orders.dtypes)
