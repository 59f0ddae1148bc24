-- A deleted user's attributes of rooms are nobody's.
CREATE INDEX room_attributes_by_setter ON room_attributes (app_id, setter);
