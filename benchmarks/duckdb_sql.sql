-- The tables of schemas/ecommerce.yaml as an analyst would write them in DuckDB by hand: equal columns and distributions,
-- random(), tables of quantiles joined by bucket (the quickest way found: ASOF joins sort, CASE chains are longer).
-- In favour of this side: products are not distinct within an order, and nothing is hashed, audited or repeatable.
SET preserve_insertion_order = false;

CREATE TABLE name AS
SELECT row_number() OVER () - 1 AS bucket, f.w || ' ' || l.w AS full_name
FROM (SELECT 'First' || i AS w FROM range(100) t(i)) f, (SELECT 'Last' || i AS w FROM range(100) t(i)) l;

CREATE TABLE customer AS
WITH drawn AS MATERIALIZED (
    SELECT i + 1 AS customer_id, random() AS u, random() AS v, CAST(floor(random() * 10000) AS BIGINT) AS bucket,
           TIMESTAMP '2024-01-01' + to_seconds(CAST(floor(random() * 31622400) AS BIGINT)) AS signed_up
    FROM range(CAST($customers AS BIGINT)) t(i)
)
SELECT customer_id, CASE WHEN u < 0.164 THEN 'VIP' WHEN u < 0.646 THEN 'Standard' ELSE 'Casual' END AS customer_segment,
       full_name, lower(replace(full_name, ' ', '.')) || customer_id || '@example.com' AS email,
       CASE WHEN v < 0.625 THEN 'US' WHEN v < 0.875 THEN 'DE' ELSE 'FR' END AS country, signed_up
FROM drawn JOIN name USING (bucket);

CREATE TABLE product AS
WITH drawn AS MATERIALIZED (
    SELECT i + 1 AS n, random() AS u, sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS z FROM range(500) t(i)
)
SELECT n, printf('SKU-%06d', n) AS product_id,
       CASE WHEN u < 0.5 THEN 'book' WHEN u < 0.875 THEN 'toy' ELSE 'audio' END AS category,
       round(least(900, greatest(2, CASE WHEN u < 0.5 THEN 15 WHEN u < 0.875 THEN 25 ELSE 120 END * exp(0.5 * z))), 2) AS price
FROM drawn;

CREATE TABLE "order" AS
WITH fanned AS MATERIALIZED (
    SELECT customer_id, customer_segment, signed_up, CAST(floor(random() * 65536) AS BIGINT) AS bucket FROM customer
), counted AS MATERIALIZED (
    SELECT customer_id, customer_segment, signed_up, unnest(range(n))
    FROM fanned JOIN orders_each USING (customer_segment, bucket)
), drawn AS MATERIALIZED (
    SELECT customer_id, customer_segment, signed_up, random() AS u,
           sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS z,
           CAST(date_diff('hour', TIMESTAMP '2024-01-01', signed_up) AS BIGINT) AS hour
    FROM counted
), aimed AS MATERIALIZED (
    SELECT customer_id, customer_segment, z, signed_up, before + u * (total - before) AS aim
    FROM drawn JOIN intensity USING (hour), (SELECT max(before + weight) AS total FROM intensity)
)
SELECT row_number() OVER () AS order_id, customer_id,
       greatest(signed_up, TIMESTAMP '2024-01-01' + to_seconds(CAST(floor(start + (aim - bucket * $width) / $width * length) AS BIGINT)))
           AS ordered_at,
       round(CASE customer_segment WHEN 'VIP' THEN 1.3 WHEN 'Standard' THEN 1.0 ELSE 0.9 END * exp($mu + $sigma * z), 2)
           AS gross_amount
FROM aimed JOIN instant ON instant.bucket = CAST(floor(aim / $width) AS BIGINT);

COPY (
WITH fanned AS MATERIALIZED (
    SELECT order_id, CAST(floor(random() * 65536) AS BIGINT) AS bucket FROM "order"
), counted AS MATERIALIZED (
    SELECT order_id, unnest(range(1, n + 1)) AS line_no FROM fanned JOIN items_each USING (bucket)
), drawn AS MATERIALIZED (
    SELECT order_id, line_no, CAST(floor(random() * 65536) AS BIGINT) AS bucket,
           CAST(floor(random() * 65536) AS BIGINT) AS many
    FROM counted
)
SELECT order_id, line_no, product_id, quantity, price AS unit_price, round(quantity * price, 2) AS line_amount
FROM drawn JOIN popular USING (bucket) JOIN product USING (n) JOIN quantities ON quantities.bucket = many
) TO '$folder/order_item.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1);

COPY customer TO '$folder/customer.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1);
COPY (SELECT product_id, category, price FROM product) TO '$folder/product.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1);
COPY "order" TO '$folder/order.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1);
