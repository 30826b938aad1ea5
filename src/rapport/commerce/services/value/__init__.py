"""What customers are worth: worked out in bulk by a job, from the orders in PostgreSQL.

Orders are not in ClickHouse, and need not be: a few statements over a million of them take seconds (`bench commerce`).
"""
