"""What Django does not make from models: the proofs of the ledger.

Postings carry the accounts' balances with them; nothing that was written is changed; at the end of each transaction
every entry sums to zero, and what lies in an account's lots is what its postings say.
"""

from django.db import migrations

FUNCTIONS = """
    CREATE FUNCTION loyalty_carry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE loyalty_account a SET balance = a.balance + s.member, pending = a.pending + s.pending,
            owed = a.owed + s.owed, version = a.version + 1, is_due = true
        FROM (
            SELECT account_id, coalesce(sum(points) FILTER (WHERE book = 'member'), 0) AS member,
                coalesce(sum(points) FILTER (WHERE book = 'pending'), 0) AS pending,
                coalesce(sum(points) FILTER (WHERE book = 'owed'), 0) AS owed
            FROM added WHERE account_id IS NOT NULL GROUP BY account_id
        ) s WHERE a.id = s.account_id;
        RETURN NULL;
    END $$;
    CREATE FUNCTION loyalty_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger of points is only added to' USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE FUNCTION loyalty_prove() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT coalesce(sum(points), 1) FROM loyalty_posting WHERE entry_id = NEW.entry_id) <> 0 THEN
            RAISE EXCEPTION 'entry % does not sum to zero', NEW.entry_id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.account_id IS NOT NULL AND EXISTS (
            SELECT FROM loyalty_account a,
                LATERAL (
                    SELECT coalesce(sum(remaining), 0) AS remaining, coalesce(sum(pending), 0) AS pending
                    FROM loyalty_lot l WHERE l.account_id = a.id AND (l.remaining > 0 OR l.pending > 0)
                ) lots
            WHERE a.id = NEW.account_id AND (a.balance <> lots.remaining OR a.pending <> lots.pending)
        ) THEN
            RAISE EXCEPTION 'the lots of account % do not hold its points', NEW.account_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER loyalty_posting_carry AFTER INSERT ON loyalty_posting REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION loyalty_carry();
    CREATE CONSTRAINT TRIGGER loyalty_posting_proof AFTER INSERT ON loyalty_posting
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loyalty_prove();
    CREATE TRIGGER loyalty_posting_kept BEFORE UPDATE OR DELETE ON loyalty_posting
        FOR EACH ROW EXECUTE FUNCTION loyalty_keep();
    CREATE TRIGGER loyalty_entry_kept BEFORE DELETE OR UPDATE OF
        program_id, account_id, other_id, kind, points, source, key, at, recorded_at, order_ref ON loyalty_entry
        FOR EACH ROW EXECUTE FUNCTION loyalty_keep();
"""
DROP = """
    DROP TRIGGER loyalty_entry_kept ON loyalty_entry;
    DROP TRIGGER loyalty_posting_kept ON loyalty_posting;
    DROP TRIGGER loyalty_posting_proof ON loyalty_posting;
    DROP TRIGGER loyalty_posting_carry ON loyalty_posting;
    DROP FUNCTION loyalty_prove();
    DROP FUNCTION loyalty_keep();
    DROP FUNCTION loyalty_carry();
"""

AFTER = [migrations.RunSQL(FUNCTIONS, DROP)]
