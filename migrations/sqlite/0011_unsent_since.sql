-- Since when the oldest change waits on a phone, as the phone says: a number alone does not tell
-- whether somebody is on the road since this morning or has not been heard of for a week.
ALTER TABLE device ADD COLUMN unsent_since INTEGER;
