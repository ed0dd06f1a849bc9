"""When each item of a collection in PostgreSQL came and was changed, and which ones are gone.

Triggers note it, as in `visavis.stores.history`: a change belongs to the generation that the
collection has after it, and each generation has a random mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.stores.following import KEPT

if TYPE_CHECKING:
    from psycopg import Connection

HISTORY = """
CREATE TABLE removed (
    number bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" PRIMARY KEY,
    generation bigint NOT NULL
);
CREATE INDEX removed_by_generation ON removed (generation, number);
CREATE TABLE generations (number bigint PRIMARY KEY, mark text NOT NULL);
CREATE INDEX items_by_change ON items (changed, row);

CREATE FUNCTION next_generation() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT value::bigint + 1 FROM meta WHERE key = 'generation' $$;
CREATE FUNCTION note_item_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.came := next_generation();
    NEW.changed := NEW.came;
    DELETE FROM removed WHERE id = NEW.id;
    RETURN NEW;
END $$;
CREATE FUNCTION note_item_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO removed (id, generation) VALUES (OLD.id, next_generation());
    RETURN OLD;
END $$;
CREATE FUNCTION note_source() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE items i SET changed = next_generation(), came = CASE WHEN EXISTS (
            SELECT 1 FROM sources s WHERE s.item = i.row AND NOT s.missing)
        THEN came ELSE next_generation() END
    WHERE row = ANY(ARRAY[NEW.item, (SELECT item FROM sources WHERE source = NEW.source)])
        AND changed < next_generation();
    RETURN NEW;
END $$;
CREATE FUNCTION note_source_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE items SET changed = next_generation()
    WHERE row = OLD.item AND changed < next_generation();
    RETURN OLD;
END $$;
CREATE TRIGGER item_added BEFORE INSERT ON items
    FOR EACH ROW EXECUTE FUNCTION note_item_added();
CREATE TRIGGER item_removed AFTER DELETE ON items
    FOR EACH ROW EXECUTE FUNCTION note_item_removed();
CREATE TRIGGER source_written BEFORE INSERT OR UPDATE ON sources
    FOR EACH ROW EXECUTE FUNCTION note_source();
CREATE TRIGGER source_removed AFTER DELETE ON sources
    FOR EACH ROW EXECUTE FUNCTION note_source_removed();
"""

_GRANTS = """SELECT format('GRANT %s ON removed, generations TO %s', a.privilege_type,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
    WHERE c.oid = 'items'::regclass AND a.grantee != c.relowner"""
"""Statements that give the new tables the rights to the old one."""


def begin_history(connection: Connection[Any]) -> None:
    """Begin to keep the history of an older collection; its items have come before it."""
    connection.execute("ALTER TABLE items ADD COLUMN came bigint NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE items ADD COLUMN changed bigint NOT NULL DEFAULT 0")
    connection.execute(HISTORY)
    for (grant,) in connection.execute(_GRANTS).fetchall():
        connection.execute(grant)
    note_generation(connection)


def note_generation(connection: Connection[Any]) -> None:
    """Note the present generation with a new mark; forget what is older than `KEPT`."""
    connection.execute(
        """INSERT INTO generations SELECT value::bigint, left(md5(random()::text), 8)
        FROM meta WHERE key = 'generation'"""
    )
    connection.execute(
        "DELETE FROM generations WHERE number <= (SELECT max(number) FROM generations) - %s",
        (KEPT,),
    )
    connection.execute(
        "DELETE FROM removed WHERE generation < (SELECT min(number) FROM generations)"
    )
