"""What Django does not make from models: how a product is found, in one place for every way of writing it."""

from django.db import migrations

# All words as they are written and, where PostgreSQL knows the language, by their stems; accents do not count. Text of
# ASCII alone has none, and looking for some took as long as all the rest.
FUNCTIONS = """
    CREATE FUNCTION commerce_fold(words text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN octet_length(words) = char_length(words) THEN words ELSE unaccent(words) END
    $$;
    CREATE FUNCTION commerce_language(code text) RETURNS regconfig LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE left(lower(code), 2)
            WHEN 'ar' THEN 'arabic' WHEN 'da' THEN 'danish' WHEN 'de' THEN 'german' WHEN 'el' THEN 'greek'
            WHEN 'en' THEN 'english' WHEN 'es' THEN 'spanish' WHEN 'fi' THEN 'finnish' WHEN 'fr' THEN 'french'
            WHEN 'hu' THEN 'hungarian' WHEN 'it' THEN 'italian' WHEN 'nb' THEN 'norwegian' WHEN 'nl' THEN 'dutch'
            WHEN 'no' THEN 'norwegian' WHEN 'pt' THEN 'portuguese' WHEN 'ro' THEN 'romanian'
            WHEN 'ru' THEN 'russian' WHEN 'sv' THEN 'swedish' WHEN 'tr' THEN 'turkish' ELSE 'simple'
        END::regconfig
    $$;
    -- Apart, because a function with a query inside is called for each row instead of becoming part of the statement.
    CREATE FUNCTION commerce_titles(texts jsonb) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT unaccent(coalesce(string_agg(value->>'title', ' '), '')) FROM jsonb_each(texts)
    $$;
    CREATE FUNCTION commerce_search(
        language regconfig, title text, brand text, description text, texts jsonb
    ) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT setweight(to_tsvector('simple', commerce_fold(title || ' ' || brand)), 'A')
            || setweight(to_tsvector(language, commerce_fold(title)), 'B')
            || setweight(to_tsvector(language, commerce_fold(left(description, 2000))), 'C')
            || CASE WHEN texts = '{}' THEN ''::tsvector
                ELSE setweight(to_tsvector('simple', commerce_titles(texts)), 'A') END
    $$;
"""
DROP = """
    DROP FUNCTION commerce_search(regconfig, text, text, text, jsonb);
    DROP FUNCTION commerce_titles(jsonb);
    DROP FUNCTION commerce_language(text);
    DROP FUNCTION commerce_fold(text);
"""

AFTER = [migrations.RunSQL(FUNCTIONS, DROP)]
