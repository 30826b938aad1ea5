"""Who was said to be somebody else, as SQL for those who read all of it at once: (one, other, stands)."""

from __future__ import annotations

# By whom they are part of now. A line that was lifted does not stand: a person may merge the two, a rule may not.
PERSONS = """
(WITH RECURSIVE up AS (
    SELECT p.id, p.id AS top, p.merged_into_id AS next FROM people_person p
    WHERE p.id IN (SELECT first_id FROM people_notsame UNION SELECT other_id FROM people_notsame)
    UNION ALL SELECT up.id, p.id, p.merged_into_id FROM up JOIN people_person p ON p.id = up.next
), tops AS (SELECT id, top AS root FROM up WHERE next IS NULL)
SELECT least(a.root, b.root) AS one, greatest(a.root, b.root) AS other, n.lifted_at IS NULL AS stands
FROM people_notsame n JOIN tops a ON a.id = n.first_id JOIN tops b ON b.id = n.other_id WHERE a.root <> b.root)
"""
# Companies that undone merges had joined, also through others.
COMPANIES = """
(WITH RECURSIVE near AS (
    SELECT survivor_id AS a, absorbed_id AS b FROM people_companymerge WHERE undone_at IS NOT NULL
    UNION SELECT absorbed_id, survivor_id FROM people_companymerge WHERE undone_at IS NOT NULL
), walk AS (
    SELECT a AS start, b AS id FROM near UNION SELECT w.start, n.b FROM walk w JOIN near n ON n.a = w.id
)
SELECT DISTINCT least(start, id) AS one, greatest(start, id) AS other, false AS stands FROM walk WHERE start <> id)
"""
