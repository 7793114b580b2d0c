"""A notebook in the percent format: editors run it cell by cell, `jupytext --to ipynb` makes a notebook of it."""

# %% [markdown]
# # A marketplace in which the segment comes in sideways
# Orders are driven by shops and refer to customers; the tier of the customer acts all the same.

# %%
import polars as pl

import fanwise

market = fanwise.dataset("marketplace", rows={"seller": 40})
market  # shown as a table

# %%
orders = market["order"].join(market["customer"], on="customer_id")
orders.group_by("tier").agg(pl.len(), pl.mean("gross_amount").round(2)).sort("len")

# %% [markdown]
# Memory stays small however large the data set is: take it piece by piece.

# %%
total = 0.0
for tables in market.iter_chunks(chunk_rows=2_000):
    if "order" in tables:
        total += tables["order"]["gross_amount"].sum()
print(f"{total:,.2f}")

# %% [markdown]
# The audit judges what is in memory as it judges files.

# %%
print(fanwise.dataset("marketplace").audit().text())
