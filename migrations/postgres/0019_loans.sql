-- R4.9: parts of a client's free limit that are lent to a phone, so that an order taken offline within
-- one is firm. What is left of one counts against the limits until it ended, or until set_aside_until.
CREATE TABLE loan (
    id               TEXT COLLATE "C" NOT NULL CONSTRAINT loan_pk PRIMARY KEY,
    client_id        TEXT COLLATE "C" NOT NULL CONSTRAINT loan_client_fk REFERENCES client (id),
    device_id        TEXT COLLATE "C" NOT NULL CONSTRAINT loan_device_fk REFERENCES device (id),
    lent_minor       BIGINT NOT NULL CONSTRAINT loan_lent_positive CHECK (lent_minor > 0),
    used_minor       BIGINT NOT NULL DEFAULT 0 CONSTRAINT loan_used_in_range CHECK (used_minor BETWEEN 0 AND lent_minor),
    -- R4.2: the longest deferral that the client had when it was lent
    deferral_days    BIGINT NOT NULL,
    lent_at          BIGINT NOT NULL,
    -- the phone uses it before this instant; orders that were taken in time may come until the next
    expires_at       BIGINT NOT NULL,
    set_aside_until  BIGINT NOT NULL,
    ended_at         BIGINT,
    -- 'returned' by the phone, 'expired', 'shut_out' with its phone
    ending           TEXT COLLATE "C",
    CONSTRAINT loan_ends_once CHECK ((ended_at IS NULL) = (ending IS NULL))
);
CREATE UNIQUE INDEX loan_live ON loan (client_id, device_id) WHERE ended_at IS NULL;
CREATE INDEX loan_of_device ON loan (device_id) WHERE ended_at IS NULL;
CREATE INDEX loan_expiring ON loan (set_aside_until) WHERE ended_at IS NULL;

-- What an order draws on a loan: nothing while it is not released.
CREATE TABLE loan_draw (
    fact_id      TEXT COLLATE "C" NOT NULL CONSTRAINT loan_draw_pk PRIMARY KEY CONSTRAINT loan_draw_order_fk REFERENCES client_order (fact_id),
    loan_id      TEXT COLLATE "C" NOT NULL CONSTRAINT loan_draw_loan_fk REFERENCES loan (id),
    drawn_minor  BIGINT NOT NULL CONSTRAINT loan_draw_not_negative CHECK (drawn_minor >= 0),
    -- when the order was taken, by the server's clock
    taken_at     BIGINT NOT NULL
);
