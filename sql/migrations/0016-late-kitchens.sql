-- Operators were told that the kitchen is long past the time it gave. Until it says that the food is ready.
alter table deliveries add column kitchen_late_at timestamptz;
