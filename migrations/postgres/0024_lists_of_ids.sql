-- Ids that travel as one parameter are a plain list since now, not a list of lists: SQLite's function has a column
-- for one that is no list itself, and ours gets it too. The conditions and the ten rows are as migration 21 says.
DROP FUNCTION json_each(TEXT);
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (key BIGINT, value JSONB, atom TEXT)
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 10
AS $$
    SELECT position - 1, element, element #>> '{}'
    FROM jsonb_array_elements(list::jsonb) WITH ORDINALITY AS item (element, position)
    WHERE position > 0 AND position - 1 >= 0
$$;
