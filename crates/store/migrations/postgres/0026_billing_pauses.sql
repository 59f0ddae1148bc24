-- Days on which money was off; last_day is absent while it is.
CREATE TABLE billing_pauses (
    first_day BIGINT NOT NULL PRIMARY KEY,
    last_day  BIGINT
);

-- What is looked for every few seconds, among many rows.
CREATE INDEX orders_live ON orders (billed_app) WHERE state IN ('pending_payment', 'provisioning', 'in_service');
CREATE INDEX accounts_owing ON accounts (balance) WHERE balance < 0;
