-- How long the way from the kitchen to the door takes, as it was when the order was placed. Null: placed before this was kept.
alter table orders add column travel_seconds integer check (travel_seconds >= 0);
