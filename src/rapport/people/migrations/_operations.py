"""What Django does not make from models: a company is never above itself."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

BEFORE = [TrigramExtension(), UnaccentExtension()]

NO_CYCLES = """
    CREATE FUNCTION people_company_no_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(7302201);
        IF EXISTS (
            WITH RECURSIVE up(id, parent_id) AS (
                SELECT id, parent_id FROM people_company WHERE id = NEW.parent_id
                UNION SELECT c.id, c.parent_id FROM people_company c JOIN up ON c.id = up.parent_id
            ) SELECT 1 FROM up WHERE id = NEW.id
        ) THEN
            RAISE EXCEPTION 'a company cannot belong to one of its own subsidiaries' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER people_company_no_cycle BEFORE INSERT OR UPDATE OF parent_id ON people_company
        FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION people_company_no_cycle();
"""
WITH_CYCLES = "DROP TRIGGER people_company_no_cycle ON people_company; DROP FUNCTION people_company_no_cycle();"

AFTER = [migrations.RunSQL(NO_CYCLES, WITH_CYCLES)]
