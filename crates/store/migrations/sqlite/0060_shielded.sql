-- Members that want to hear nothing of their group: they are few, and asked for with every event of a group.
CREATE INDEX group_members_shielded ON group_members (app_id, group_id)
    WHERE heard_from = 9223372036854775807;
