-- Money: amounts in the smallest unit of the currency. Nothing of it goes with a deleted app: billed_app is a number, not a row.

ALTER TABLE apps ADD COLUMN in_arrears BIGINT NOT NULL DEFAULT 0;

CREATE TABLE accounts (
    org_id           BIGINT NOT NULL PRIMARY KEY,
    balance          BIGINT NOT NULL,
    gift             BIGINT NOT NULL,
    credit_limit     BIGINT,
    alert_below      BIGINT,
    alerted          BIGINT NOT NULL,
    in_arrears_since BIGINT,
    notices          BIGINT NOT NULL,
    suspended        BIGINT NOT NULL
);
CREATE INDEX accounts_in_arrears ON accounts (in_arrears_since) WHERE in_arrears_since IS NOT NULL;

-- Only ever grows. What an entry belongs to is there once for each kind.
CREATE TABLE ledger (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id        BIGINT NOT NULL,
    time          BIGINT NOT NULL,
    kind          TEXT   NOT NULL,
    amount        BIGINT NOT NULL,
    balance_after BIGINT NOT NULL,
    reference     TEXT   NOT NULL,
    note          TEXT   NOT NULL
);
CREATE INDEX ledger_by_org ON ledger (org_id, id);
CREATE UNIQUE INDEX ledger_once ON ledger (reference, kind);

CREATE TABLE orders (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    order_no    TEXT   NOT NULL UNIQUE,
    purchase_no TEXT   NOT NULL,
    org_id      BIGINT NOT NULL,
    billed_app  BIGINT NOT NULL,
    app_key     TEXT   NOT NULL,
    data_center TEXT   NOT NULL,
    is_plan     BIGINT NOT NULL,
    item        TEXT   NOT NULL,
    snapshot    TEXT   NOT NULL,
    unit_price  BIGINT NOT NULL,
    units       BIGINT NOT NULL,
    term_months BIGINT,
    terms       BIGINT NOT NULL,
    paid_cash   BIGINT NOT NULL,
    auto_renew  BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    end_reason  TEXT,
    creator     TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    effective   BIGINT,
    expires     BIGINT,
    ended       BIGINT
);
CREATE INDEX orders_of_org ON orders (org_id, id);
CREATE INDEX orders_of_app ON orders (billed_app, id);
CREATE INDEX orders_waiting ON orders (due) WHERE state IN ('pending_payment', 'provisioning');
CREATE INDEX orders_expiring ON orders (expires) WHERE state = 'in_service' AND expires IS NOT NULL;
-- The database itself keeps an app from having two plans, and a service twice that is there once.
CREATE UNIQUE INDEX orders_one_plan ON orders (billed_app) WHERE is_plan = 1 AND state = 'in_service';
CREATE UNIQUE INDEX orders_one_pending_plan ON orders (billed_app)
    WHERE is_plan = 1 AND state IN ('pending_payment', 'provisioning');

CREATE TABLE order_operations (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    order_no TEXT   NOT NULL,
    time     BIGINT NOT NULL,
    what     TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    amount   BIGINT NOT NULL
);
CREATE INDEX operations_of_order ON order_operations (order_no, id);

-- source: what it is for, once. paid changes with the balance, nothing else does.
CREATE TABLE bills (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    bill_no   TEXT   NOT NULL UNIQUE,
    source    TEXT   NOT NULL UNIQUE,
    org_id    BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    first_day BIGINT NOT NULL,
    last_day  BIGINT NOT NULL,
    issued    BIGINT NOT NULL,
    total     BIGINT NOT NULL,
    from_gift BIGINT NOT NULL,
    paid      BIGINT NOT NULL,
    lines     TEXT   NOT NULL
);
CREATE INDEX bills_of_org ON bills (org_id, id);
CREATE INDEX bills_of_month ON bills (kind, first_day, org_id);

CREATE TABLE recharges (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    recharge_no TEXT   NOT NULL UNIQUE,
    org_id      BIGINT NOT NULL,
    amount      BIGINT NOT NULL,
    channel     TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    creator     TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    paid        BIGINT
);
CREATE INDEX recharges_of_org ON recharges (org_id, id);

-- Figures of days that are over. hash: of the row, so that a change by hand is noticed.
CREATE TABLE sealed_days (
    billed_app       BIGINT NOT NULL,
    day              BIGINT NOT NULL,
    org_id           BIGINT NOT NULL,
    app_key          TEXT   NOT NULL,
    dau              BIGINT NOT NULL,
    groups_and_rooms BIGINT NOT NULL,
    registered       BIGINT NOT NULL,
    messages         BIGINT NOT NULL,
    hash             TEXT   NOT NULL,
    PRIMARY KEY (billed_app, day)
);
CREATE INDEX sealed_days_of_org ON sealed_days (org_id, day);

-- One row. since: the first day that is billed; absent while money is off. sealed: the last day whose figures are sealed.
-- billed: the first day of the last month that is billed for every organisation.
CREATE TABLE billing_state (
    id     BIGINT NOT NULL PRIMARY KEY,
    since  BIGINT,
    sealed BIGINT,
    billed BIGINT
);
INSERT INTO billing_state (id) VALUES (0);
