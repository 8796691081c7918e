-- Whose phones and territories a supervisor sees is asked with every sync of anybody.
CREATE INDEX person_supervisor ON person (supervisor_id) WHERE supervisor_id IS NOT NULL;

-- In which scopes something waits for its number: asked with every sync, and almost always nowhere.
DROP INDEX log_unsequenced;
CREATE INDEX log_waiting ON log (scope_id, id) WHERE seq IS NULL;
