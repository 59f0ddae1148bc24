-- The nodes that write the log. Every append moves its node's mark: the node writes no entry up to it any more. What
-- follows the log reads up to the smallest mark. A node that is silent is taken out (incarnation 0), and what it still
-- had under way finds its row changed and is not committed.
CREATE TABLE log_nodes (
    node        BIGINT PRIMARY KEY,
    incarnation BIGINT NOT NULL,
    mark        BIGINT NOT NULL,
    seen        TIMESTAMPTZ NOT NULL
);

-- Work that one node does at a time: whoever holds it, until when.
CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder BIGINT NOT NULL,
    ends   TIMESTAMPTZ NOT NULL
);
