-- Days on which money was off; last_day is absent while it is.
CREATE TABLE billing_pauses (
    first_day BIGINT NOT NULL PRIMARY KEY,
    last_day  BIGINT
);
