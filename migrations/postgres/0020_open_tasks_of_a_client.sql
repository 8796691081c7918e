-- The open tasks of one kind about one client are asked for at every step of a night. Of the indexes there
-- were the planner took that of the kind, and walked through the whole company's tasks for each client.
CREATE INDEX task_open_about ON task (client_id, kind) WHERE state = 'open';

-- A list that travels as one parameter is that of a push or of some clients of a night, not a thousand
-- long: for a thousand the planner would rather read whole tables.
ALTER FUNCTION json_each(TEXT) ROWS 50;
