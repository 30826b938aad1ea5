"""What Django does not make from models: the proofs of what is on gift cards.

Entries carry the balance with them, and are never changed. At the end of each transaction a card's balance is the sum
of its entries, an order has got back no more than it took, and what left one card for another has come to it.
"""

from django.db import migrations

FUNCTIONS = """
    CREATE FUNCTION promotions_gift_carry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE promotions_giftcard c SET balance = c.balance + s.amount
        FROM (SELECT card_id, sum(amount) AS amount FROM added GROUP BY card_id) s WHERE c.id = s.card_id;
        RETURN NULL;
    END $$;
    CREATE FUNCTION promotions_gift_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'entries of gift cards are only added to' USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE FUNCTION promotions_gift_prove() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.kind IN ('redeem', 'refund') AND (
            SELECT sum(amount) > 0 FROM promotions_giftcardentry WHERE card_id = NEW.card_id
            AND kind IN ('redeem', 'refund') AND store = NEW.store AND order_ref = NEW.order_ref
        ) THEN
            RAISE EXCEPTION 'an order got more back than gift card % paid', NEW.card_id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.kind = 'transfer' AND (
            SELECT coalesce(sum(amount), 1) FROM promotions_giftcardentry WHERE pair = NEW.pair
        ) <> 0 THEN
            RAISE EXCEPTION 'what left one gift card came to no other' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE FUNCTION promotions_gift_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT balance FROM promotions_giftcard WHERE id = NEW.id) <>
            (SELECT coalesce(sum(amount), 0) FROM promotions_giftcardentry WHERE card_id = NEW.id) THEN
            RAISE EXCEPTION 'the entries of gift card % do not say what is on it', NEW.id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER promotions_gift_carried AFTER INSERT ON promotions_giftcardentry REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION promotions_gift_carry();
    CREATE CONSTRAINT TRIGGER promotions_gift_proof AFTER INSERT ON promotions_giftcardentry
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION promotions_gift_prove();
    CREATE CONSTRAINT TRIGGER promotions_gift_balance_proof AFTER INSERT OR UPDATE OF balance ON promotions_giftcard
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION promotions_gift_balance();
    CREATE TRIGGER promotions_gift_kept BEFORE DELETE OR UPDATE OF
        card_id, kind, amount, key, store, order_ref, pair, at ON promotions_giftcardentry
        FOR EACH ROW EXECUTE FUNCTION promotions_gift_keep();
"""
DROP = """
    DROP TRIGGER promotions_gift_kept ON promotions_giftcardentry;
    DROP TRIGGER promotions_gift_balance_proof ON promotions_giftcard;
    DROP TRIGGER promotions_gift_proof ON promotions_giftcardentry;
    DROP TRIGGER promotions_gift_carried ON promotions_giftcardentry;
    DROP FUNCTION promotions_gift_balance();
    DROP FUNCTION promotions_gift_prove();
    DROP FUNCTION promotions_gift_keep();
    DROP FUNCTION promotions_gift_carry();
"""

AFTER = [migrations.RunSQL(FUNCTIONS, DROP)]
