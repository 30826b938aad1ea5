"""The SQL by which values are worked out. All read `placed`: the orders of persons with their net in one currency."""

from __future__ import annotations

from rapport.commerce.queries import exchange_rates
from rapport.commerce.queries.value_groups import sql_case

# An order of the future is a mistake; as the newest of all it would leave the others out of every last year.
# Credit notes lessen what somebody is worth, without being an order.
PLACED = f"""
    CREATE TEMP TABLE placed ON COMMIT DROP AS
    WITH days AS (
        SELECT DISTINCT currency, (placed_at AT TIME ZONE 'UTC')::date AS day FROM commerce_order
        WHERE state <> 'cancelled' AND person_id IS NOT NULL AND placed_at <= %(latest)b
    ), rates AS (
        SELECT currency, day, CASE WHEN currency = %(to)b THEN 1 ELSE
            {exchange_rates.lines("%(to)b", "days.day")} / {exchange_rates.lines("days.currency", "days.day")}
            END AS rate
        FROM days
    )
    SELECT o.id, o.person_id, o.store, o.currency, o.placed_at, (o.placed_at AT TIME ZONE %(zone)b)::date AS day, rate,
        o.net * rate AS net, o.state NOT IN ('incomplete', 'refund_only') AND o.payment_state <> 'failed'
            AS counts
    FROM commerce_order o JOIN rates
        ON rates.currency = o.currency AND rates.day = (o.placed_at AT TIME ZONE 'UTC')::date
    WHERE o.state <> 'cancelled' AND o.person_id IS NOT NULL AND placed_at <= %(latest)b
"""
COSTS = """
    CREATE TEMP TABLE earned ON COMMIT DROP AS
    WITH costs AS (
        SELECT DISTINCT ON (store, ref) c.store, ref, v.cost, v.cost_currency
        FROM commerce_variant v JOIN commerce_catalogue c ON c.id = v.catalogue_id,
            unnest(ARRAY[v.external_id, v.sku]) AS ref
        WHERE v.cost IS NOT NULL AND ref <> '' ORDER BY store, ref, v.id
    )
    SELECT p.person_id, sum(sold - left_over * CASE WHEN c.cost_currency = %(to)b THEN c.cost ELSE c.cost * rate END)
        AS margin, sum(sold) AS margin_of
    FROM placed p JOIN commerce_orderline l ON l.order_id = p.id
    JOIN costs c ON c.store = p.store AND c.ref = COALESCE(NULLIF(l.variant_ref, ''), l.product_ref)
        AND c.cost_currency IN (%(to)b, p.currency),
    LATERAL (SELECT l.quantity - l.returned AS left_over) pieces,
    LATERAL (SELECT l.amount * rate * CASE WHEN l.quantity = 0 THEN 1 ELSE left_over / l.quantity END AS sold) sale
    WHERE p.counts AND p.rate IS NOT NULL GROUP BY p.person_id
"""
NO_COSTS = "CREATE TEMP TABLE earned (person_id uuid, margin numeric, margin_of numeric) ON COMMIT DROP"
VALUES = f"""
    CREATE TEMP TABLE worth ON COMMIT DROP AS
    WITH gaps AS (
        SELECT person_id, day - lag(day) OVER (PARTITION BY person_id ORDER BY day) AS gap
        FROM (SELECT DISTINCT person_id, day FROM placed WHERE counts) days
    ), intervals AS (
        SELECT person_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS interval_days FROM gaps
        WHERE gap IS NOT NULL GROUP BY person_id
    ), sums AS (
        SELECT person_id, count(*) FILTER (WHERE counts) AS orders, count(DISTINCT day) FILTER (WHERE counts) AS days,
            COALESCE(sum(net), 0) AS net, count(*) FILTER (WHERE counts AND rate IS NULL) AS unconverted,
            min(placed_at) FILTER (WHERE counts) AS first_at, max(placed_at) FILTER (WHERE counts) AS last_at
        FROM placed GROUP BY person_id
    ), bought AS (
        SELECT * FROM sums WHERE orders > 0
    ), scored AS (
        SELECT *, 1 + 5 * (rank() OVER (ORDER BY last_at) - 1) / count(*) OVER () AS r,
            1 + 5 * (rank() OVER (ORDER BY orders) - 1) / count(*) OVER () AS f,
            1 + 5 * (rank() OVER (ORDER BY net) - 1) / count(*) OVER () AS m
        FROM bought
    )
    SELECT scored.*, round(interval_days::numeric, 1) AS interval_days, margin, margin_of, {sql_case()} AS named
    FROM scored LEFT JOIN intervals USING (person_id) LEFT JOIN earned USING (person_id)
"""
_COLUMNS = (
    "orders, days, net, unconverted, margin, margin_of, first_at, last_at, interval_days, recency, frequency, monetary,"
    ' "group"'
)


def _of(row: str) -> str:
    return ", ".join(f"{row}.{name.strip()}" for name in _COLUMNS.split(","))


KEEP = f"""
    INSERT INTO commerce_customervalue AS old (person_id, {_COLUMNS})
    SELECT person_id, orders, days, round(net, 4), unconverted, round(margin, 4), round(margin_of, 4), first_at,
        last_at, interval_days, r, f, m, named FROM worth
    ON CONFLICT (person_id) DO UPDATE SET ({_COLUMNS}) = ROW ({_of("excluded")})
    WHERE ({_of("old")}) IS DISTINCT FROM ({_of("excluded")})
    RETURNING person_id
"""
DROP = """
    DELETE FROM commerce_customervalue old WHERE NOT EXISTS (SELECT FROM worth WHERE worth.person_id = old.person_id)
    RETURNING person_id
"""
SUMS = """
    SELECT count(*), COALESCE(sum(orders), 0), COALESCE(sum(net), 0), count(*) FILTER (WHERE orders > 1),
        COALESCE(sum(unconverted), 0), percentile_cont(0.5) WITHIN GROUP (ORDER BY interval_days) FROM worth
"""
GROUPS = "SELECT named, count(*), sum(net) FROM worth GROUP BY named"
CUTS = """
    SELECT 'recency', r, min(last_at)::text FROM worth GROUP BY r UNION ALL
    SELECT 'frequency', f, min(orders)::text FROM worth GROUP BY f UNION ALL
    SELECT 'monetary', m, round(min(net), 2)::text FROM worth GROUP BY m
"""
MISSING = "SELECT currency, count(*) FROM placed WHERE rate IS NULL GROUP BY currency ORDER BY currency"
COHORTS = """
    WITH firsts AS (SELECT person_id, date_trunc('month', min(day))::date AS month FROM placed WHERE counts GROUP BY 1)
    SELECT f.month, (date_part('year', p.day) - date_part('year', f.month))::int * 12
        + (date_part('month', p.day) - date_part('month', f.month))::int AS later,
        count(DISTINCT p.person_id), COALESCE(sum(p.net), 0)
    FROM placed p JOIN firsts f USING (person_id)
    WHERE p.counts AND f.month > (SELECT max(day) FROM placed) - interval '24 months' GROUP BY 1, 2 ORDER BY 1, 2
"""
PAIRS = """
    WITH newest AS (
        SELECT id FROM commerce_order WHERE state NOT IN ('cancelled', 'incomplete', 'refund_only')
        AND payment_state <> 'failed' AND placed_at <= %(latest)b
        AND placed_at > (SELECT max(placed_at) FROM commerce_order WHERE placed_at <= %(latest)b) - interval '365 days'
    ), held AS (
        SELECT DISTINCT l.order_id, l.product_ref FROM commerce_orderline l JOIN newest ON newest.id = l.order_id
        WHERE l.quantity > 0 AND l.product_ref <> ''
    ), often AS (
        SELECT product_ref, count(*) AS n FROM held GROUP BY 1 HAVING count(*) >= 5 ORDER BY n DESC LIMIT 500
    ), baskets AS (
        SELECT order_id, array_agg(product_ref ORDER BY product_ref) AS refs FROM held JOIN often USING (product_ref)
        GROUP BY 1 HAVING count(*) BETWEEN 2 AND 100
    ), pairs AS (
        SELECT a AS product, b AS companion, count(*) AS n FROM baskets, unnest(refs) a, unnest(refs) b WHERE a < b
        GROUP BY 1, 2 HAVING count(*) >= 5
    ), everything AS (SELECT count(*)::float AS n FROM newest)
    INSERT INTO commerce_basketpair
    (product, companion, product_name, companion_name, orders, support, confidence, confidence_back, lift)
    SELECT product, companion, '', '', pairs.n, pairs.n / everything.n, pairs.n::float / x.n, pairs.n::float / y.n,
        pairs.n * everything.n / (x.n * y.n)
    FROM pairs JOIN often x ON x.product_ref = product JOIN often y ON y.product_ref = companion, everything
    WHERE pairs.n * everything.n > x.n * y.n ORDER BY pairs.n DESC, product, companion LIMIT 2000
"""
INTERVALS = """
    WITH bought AS (
        SELECT DISTINCT l.product_ref, p.person_id, p.day FROM placed p JOIN commerce_orderline l ON l.order_id = p.id
        WHERE p.counts AND l.quantity > 0 AND l.product_ref <> ''
    ), gaps AS (
        SELECT product_ref, day - lag(day) OVER (PARTITION BY product_ref, person_id ORDER BY day) AS gap FROM bought
    )
    INSERT INTO commerce_productinterval (product_ref, name, times, days)
    SELECT product_ref, '', count(*), round((percentile_cont(0.5) WITHIN GROUP (ORDER BY gap))::numeric, 1) FROM gaps
    WHERE gap IS NOT NULL GROUP BY 1 HAVING count(*) >= 5 ORDER BY 3 DESC LIMIT 5000
"""
NAME_INTERVALS = """
    UPDATE commerce_productinterval i SET name = COALESCE((SELECT name FROM commerce_orderline l
    WHERE l.product_ref = i.product_ref AND l.name <> '' LIMIT 1), '')
"""
NAME_PAIRS = """
    UPDATE commerce_basketpair i SET
    product_name = COALESCE(
        (SELECT name FROM commerce_orderline l WHERE l.product_ref = product AND name <> '' LIMIT 1), ''
    ),
    companion_name = COALESCE(
        (SELECT name FROM commerce_orderline l WHERE l.product_ref = companion AND name <> '' LIMIT 1), ''
    )
"""
